import type { HandedFile } from '../../keys/handed-over';
import type { Gaps } from './opened-log';

export interface HandedOver {
  readonly organisation: string;
  readonly madeAt: Date;
  readonly log: HandedFile;
  readonly opened: HandedFile;
  readonly index: HandedFile;
  readonly gaps: Gaps;
}

/** What lies in the folder, for whoever opens it years later: French, then English. */
export function readme(handed: HandedOver): string {
  return `${french(handed)}\n${english(handed)}`;
}

function french({ organisation, madeAt, log, opened, index, gaps }: HandedOver): string {
  return `# Remise des données de « ${organisation} »

**Ce dossier contient des données à caractère personnel, lisibles par quiconque l’ouvre.** Il vous est remis à la fin du
contrat (article 28, paragraphe 3, point g, du RGPD). Ardoise n’en garde rien de lisible : les clés sont détruites après
cette remise. Dès lors, la conservation, l’effacement et la protection de ce dossier relèvent de vous. Gardez-le chiffré,
limitez-en l’accès, supprimez ce dont la durée de conservation est passée.

Fait le ${madeAt.toISOString()}.

| fichier | contenu |
|---|---|
| \`${log.file}\` | le journal tel qu’il est stocké, scellé : il prouve, et ne se lit plus |
| \`${opened.file}\` | chaque événement, ses sections ouvertes, un par ligne (JSON) |
| \`documents/\` | les fichiers des documents, en clair, chacun sous l’identifiant de son document |
| \`${index.file}\` | pour chaque document : nature, nom, type de média, personne, longueur et SHA-256 du fichier |

Dans \`${opened.file}\`, une section est \`open\` (ouverte), \`erased\` (effacée : son contenu n’existe plus ; \`endedBy\` nomme
l’événement du journal qui le dit) ou \`lost\` (perdue). \`kept\` dit qu’elle est conservée malgré un effacement : sur quel
fondement et jusqu’à quand. Ce n’est qu’à ce titre que vous pouvez la garder.
Un document est \`open\`, \`withdrawn\` (retiré), \`erased\`, \`lost\` ou \`unreadable\` (illisible).
${gaps.events + gaps.files > 0 ? `\n**Incomplet :** ${gaps.events} événements et ${gaps.files} fichiers étaient illisibles ; ils sont marqués.\n` : ''}
Le reçu signé (\`${organisation}-receipt.json\`) nomme la longueur et le SHA-256 de ces fichiers ; la liste des documents nomme
ceux de chaque document. \`ardoise verify-receipt\` vérifie la signature.
`;
}

function english({ organisation, madeAt, log, opened, index, gaps }: HandedOver): string {
  return `# Hand-over of the data of "${organisation}"

**This folder holds personal data, readable by whoever opens it.** It is handed over to you at the end of the contract
(Article 28(3)(g) GDPR). Ardoise keeps nothing of it that can be read: the keys are destroyed after this hand-over. From
then on keeping, erasing and protecting this folder is yours to see to. Keep it encrypted, restrict who can reach it, and
delete what is past its retention period.

Made at ${madeAt.toISOString()}.

| file | content |
|---|---|
| \`${log.file}\` | the log as it is stored, sealed: it proves, and cannot be read any more |
| \`${opened.file}\` | every event with its sections opened, one a line (JSON) |
| \`documents/\` | the files of the documents, in clear, each under its document's id |
| \`${index.file}\` | of each document: kind, name, media type, person, length and SHA-256 of its file |

In \`${opened.file}\` a section is \`open\`, \`erased\` (its content does not exist any more; \`endedBy\` names the event of the log
that says so) or \`lost\`. \`kept\` says that it is kept beside an erasure: on which ground, and until when. On that ground
alone may you keep it. A document is \`open\`, \`withdrawn\`, \`erased\`, \`lost\` or \`unreadable\`.
${gaps.events + gaps.files > 0 ? `\n**Incomplete:** ${gaps.events} events and ${gaps.files} files could not be read; they are marked.\n` : ''}
The signed receipt (\`${organisation}-receipt.json\`) names the length and SHA-256 of these files; the list of documents names
those of each document. \`ardoise verify-receipt\` checks the signature.
`;
}
