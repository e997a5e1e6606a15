import type { Category } from '@ardoise/policy';

/** What the receipt's page says, in the two languages of whoever reads it. */
export interface ReceiptWords {
  readonly lang: 'fr' | 'en';
  readonly title: string;
  readonly lead: (organisation: string) => string;
  readonly facts: { readonly erasure: string; readonly destroyed: string; readonly completed: string };
  readonly keys: string;
  readonly horizon: string;
  readonly begunAgain: string;
  readonly ended: (count: number) => string;
  readonly unit: string;
  readonly fingerprint: string;
  readonly kept: string;
  readonly nothingKept: string;
  readonly keptHead: { readonly what: string; readonly ground: string; readonly until: string };
  readonly meaning: readonly string[];
  readonly proof: string;
  readonly unsigned: string;
  readonly signed: { readonly key: string; readonly value: string };
  readonly check: string;
  readonly categories: { readonly [C in Category]: string };
}

export const french: ReceiptWords = {
  lang: 'fr',
  title: 'Reçu d’effacement',
  lead: (organisation) =>
    `${organisation} a effacé les données vous concernant qui pouvaient l’être. Chaque donnée était chiffrée sous une ` +
    `clé propre ; ces clés ont été détruites, et les données sont devenues illisibles pour tout le monde.`,
  facts: { erasure: 'Numéro de l’effacement', destroyed: 'Clés détruites le', completed: 'Effacement achevé le' },
  keys: 'Époque des clés',
  horizon:
    'D’après le calendrier de renouvellement des clés, plus aucune sauvegarde ne peut les faire revenir à partir du',
  begunAgain:
    'La mémoire de cet effacement a été perdue en cours de route, et il a été recommencé : ce qui était déjà détruit ' +
    'ne figure pas dans la liste.',
  ended: (count) => `Ce qui a été détruit : ${count} ${count > 1 ? 'clés' : 'clé'}`,
  unit: 'Unité',
  fingerprint: 'Empreinte de la clé',
  kept: 'Ce qui est conservé, pourquoi et jusqu’à quand',
  nothingKept: 'Rien n’est conservé.',
  keptHead: { what: 'Données', ground: 'Fondement', until: 'Jusqu’au' },
  meaning: [
    'Ce qui est conservé n’est lisible que pour le motif indiqué, et sera détruit à sa date de la même manière.',
    'Restent dans le journal, sans clé pour les lire : le genre des actes, leur date et leur heure, et le fait que ces ' +
      'clés ont pris fin ensemble.',
    'Ce reçu est à vous : l’organisme n’en garde qu’une empreinte, qui ne dit rien sans lui.',
  ],
  proof: 'Preuve',
  unsigned: 'Ce reçu n’est pas signé.',
  signed: { key: 'Clé de signature', value: 'Signature Ed25519' },
  check: 'Le fichier JSON de ce reçu se vérifie hors ligne avec « ardoise verify-receipt ».',
  categories: {
    account: 'Compte',
    identity: 'Identité',
    contact: 'Coordonnées',
    demographic: 'Données démographiques',
    'professional-background': 'Parcours professionnel',
    family: 'Situation familiale',
    enrolment: 'Inscriptions',
    learning: 'Suivi de la formation',
    attendance: 'Présences',
    evidence: 'Preuves de la formation',
    attestation: 'Attestations',
    administrative: 'Dossier administratif',
    billing: 'Factures et paiements',
    exchange: 'Échanges',
    contribution: 'Contributions',
    survey: 'Enquêtes',
    'login-history': 'Historique des connexions',
    technical: 'Traces techniques',
    'consent-proof': 'Preuves de consentement',
    marketing: 'Prospection',
    staff: 'Personnel',
    'rights-request': 'Demandes d’exercice de droits',
    journal: 'Journal des accès',
    'identity-document': 'Pièces d’identité',
  },
};

export const english: ReceiptWords = {
  lang: 'en',
  title: 'Receipt of erasure',
  lead: (organisation) =>
    `${organisation} has erased the data about you that could be erased. Each was encrypted under a key of its own; ` +
    `these keys have been destroyed, and the data have become unreadable for everybody.`,
  facts: { erasure: 'Number of the erasure', destroyed: 'Keys destroyed on', completed: 'Erasure complete on' },
  keys: 'Epoch of the keys',
  horizon: 'By the schedule that renews keys, no backup can bring them back from',
  begunAgain:
    'The memory of this erasure was lost on the way and it was begun again: what was destroyed before is not in the list.',
  ended: (count) => `What was destroyed: ${count} ${count === 1 ? 'key' : 'keys'}`,
  unit: 'Unit',
  fingerprint: 'Fingerprint of the key',
  kept: 'What is kept, why and until when',
  nothingKept: 'Nothing is kept.',
  keptHead: { what: 'Data', ground: 'Ground (in French, as the policy has it)', until: 'Until' },
  meaning: [
    'What is kept can be read on the stated ground only, and will be destroyed on its date in the same way.',
    'What remains in the log, with no key to read the rest: the kinds of acts, their dates and times, and that these ' +
      'keys ended together.',
    'This receipt is yours: the organisation keeps only a digest of it, which says nothing without it.',
  ],
  proof: 'Proof',
  unsigned: 'This receipt is not signed.',
  signed: { key: 'Signing key', value: 'Ed25519 signature' },
  check: 'The JSON file of this receipt can be verified offline with "ardoise verify-receipt".',
  categories: {
    account: 'Account',
    identity: 'Identity',
    contact: 'Contact details',
    demographic: 'Demographic data',
    'professional-background': 'Professional background',
    family: 'Family situation',
    enrolment: 'Enrolments',
    learning: 'Learning',
    attendance: 'Attendance',
    evidence: 'Evidence of the training',
    attestation: 'Attestations',
    administrative: 'Administrative file',
    billing: 'Invoices and payments',
    exchange: 'Correspondence',
    contribution: 'Contributions',
    survey: 'Surveys',
    'login-history': 'Login history',
    technical: 'Technical traces',
    'consent-proof': 'Proofs of consent',
    marketing: 'Marketing',
    staff: 'Staff',
    'rights-request': 'Rights requests',
    journal: 'Access journal',
    'identity-document': 'Identity documents',
  },
};
