import type { Policy } from '@ardoise/policy';
import { DateTime } from 'luxon';

/** What a learner is told of, without being asked whether they want to hear it: it is about their own place. */
export const letterKinds = ['place-confirmed', 'place-waiting', 'place-offered'] as const;
export type LetterKind = (typeof letterKinds)[number];

/** What a letter is about. */
export interface Matter {
  readonly kind: LetterKind;
  readonly givenName?: string;
  readonly course: string;
  readonly session?: {
    readonly title: string;
    /** YYYY-MM-DD. */
    readonly startsOn: string;
    readonly endsOn: string;
    readonly location?: string;
  };
  /** RFC 3339: until when an offer can be answered. */
  readonly answerBy?: string;
}

export interface Letter {
  readonly subject: string;
  readonly text: string;
}

interface Words {
  readonly subject: string;
  readonly says: readonly string[];
}

interface Language {
  readonly locale: 'fr' | 'en';
  greeting(name: string | undefined): string;
  words(matter: Matter, answerBy: string): Words;
  session(title: string, from: string, to: string, location: string | undefined): string;
  readonly questions: string;
}

const french: Language = {
  locale: 'fr',
  greeting: (name) => (name === undefined ? 'Bonjour,' : `Bonjour ${name},`),
  words({ kind, course }, answerBy) {
    switch (kind) {
      case 'place-confirmed':
        return {
          subject: `Inscription confirmée : ${course}`,
          says: [`Votre inscription à la formation « ${course} » est confirmée.`],
        };
      case 'place-waiting':
        return {
          subject: `Liste d’attente : ${course}`,
          says: [
            `La session demandée de la formation « ${course} » est complète. Vous êtes sur la liste d’attente ; nous vous écrirons dès qu’une place se libère.`,
          ],
        };
      case 'place-offered':
        return {
          subject: `Une place s’est libérée : ${course}`,
          says: [
            `Une place s’est libérée dans la formation « ${course} ». Elle vous est réservée jusqu’au ${answerBy}.`,
            'Merci d’accepter ou de décliner cette place avant cette date. Sans réponse de votre part, elle sera proposée à la personne suivante et votre demande prendra fin.',
          ],
        };
    }
  },
  session: (title, from, to, location) =>
    `Session : ${title}, ${from === to ? `le ${from}` : `du ${from} au ${to}`}${location === undefined ? '' : `, ${location}`}.`,
  questions: 'Pour toute question :',
};

const english: Language = {
  locale: 'en',
  greeting: (name) => (name === undefined ? 'Hello,' : `Hello ${name},`),
  words({ kind, course }, answerBy) {
    switch (kind) {
      case 'place-confirmed':
        return { subject: '', says: [`Your enrolment in “${course}” is confirmed.`] };
      case 'place-waiting':
        return {
          subject: '',
          says: [
            `The session of “${course}” that you asked for is full. You are on the waiting list; we will write to you as soon as a place comes free.`,
          ],
        };
      case 'place-offered':
        return {
          subject: '',
          says: [
            `A place has come free in “${course}”. It is held for you until ${answerBy}.`,
            'Please accept or decline it before then. Without an answer it is offered to the next person, and your request ends.',
          ],
        };
    }
  },
  session: (title, from, to, location) =>
    `Session: ${title}, ${from === to ? from : `${from} to ${to}`}${location === undefined ? '' : `, ${location}`}.`,
  questions: 'Questions:',
};

/** A letter in French, and below it in English. Pure: all that it says is given. */
export function letterOf(matter: Matter, policy: Pick<Policy, 'name' | 'timeZone' | 'controller'>): Letter {
  const { subject } = french.words(matter, '');
  const text = `${said(french, matter, policy)}\n--------------------\n\n${said(english, matter, policy)}`;
  return { subject, text };
}

function said(language: Language, matter: Matter, policy: Pick<Policy, 'name' | 'timeZone' | 'controller'>): string {
  const { locale } = language;
  const { session, answerBy, givenName } = matter;
  const day = (iso: string): string => DateTime.fromISO(iso).setLocale(locale).toLocaleString(DateTime.DATE_FULL);
  const instant = (iso: string): string =>
    DateTime.fromISO(iso, { zone: policy.timeZone }).setLocale(locale).toLocaleString(DateTime.DATETIME_FULL);
  const about = session
    ? [language.session(session.title, day(session.startsOn), day(session.endsOn), session.location)]
    : [];
  const { says } = language.words(matter, answerBy === undefined ? '' : instant(answerBy));
  const closing = `${language.questions} ${policy.controller.email}\n${policy.name}`;
  return `${[language.greeting(givenName), ...says, ...about, closing].join('\n\n')}\n`;
}
