/** What the page of a disclosure says, in the two languages of whoever reads it. */
export interface PageWords {
  readonly lang: 'fr' | 'en';
  readonly title: string;
  readonly notVerified: string;
  readonly refused: string;
  readonly verified: string;
  readonly partly: string;
  readonly partlyKey: string;
  readonly partlyWitness: string;
  readonly withoutScript: string;
  readonly shown: string;
  readonly hidden: (fields: number, sections: number) => string;
  readonly yes: string;
  readonly no: string;
  readonly event: {
    readonly organisation: string;
    readonly type: string;
    readonly recordedAt: string;
    readonly id: string;
    readonly place: string;
  };
  readonly ledger: {
    readonly origin: string;
    readonly leaf: (index: number, size: number) => string;
    readonly leafHash: string;
    readonly key: string;
  };
  readonly keyField: string;
  readonly keyRefused: string;
  readonly look: string;
  readonly meaning: readonly string[];
}

export const french: PageWords = {
  lang: 'fr',
  title: 'Extrait d’un registre de formation',
  notVerified: 'NON VÉRIFIÉ',
  refused: 'NON VÉRIFIÉ : cette page ne correspond pas à ce qui a été enregistré. Ne vous y fiez pas.',
  verified: 'VÉRIFIÉ : enregistré et signé par la clé que vous avez indiquée.',
  partly: 'VÉRIFIÉ EN PARTIE : ce qui suit correspond à un enregistrement signé.',
  partlyKey:
    'Reste à vous assurer que la clé du registre, affichée plus bas, est bien celle de l’organisme : demandez-la-lui, ' +
    'ou lisez-la sur son site, et collez-la ci-dessous.',
  partlyWitness: 'Cette page ne vérifie pas si des témoins indépendants ont vu le même registre.',
  withoutScript: 'Rien n’est affiché sans vérification : ouvrez cette page dans un navigateur qui exécute son script.',
  shown: 'Ce qui est communiqué',
  hidden: (fields, sections) =>
    `L’enregistrement contient aussi ${fields} ${fields > 1 ? 'champs' : 'champ'} et ${sections} ` +
    `${sections > 1 ? 'parties' : 'partie'} qui ne sont pas communiqués.`,
  yes: 'oui',
  no: 'non',
  event: {
    organisation: 'Organisme (identifiant)',
    type: 'Nature de l’acte',
    recordedAt: 'Enregistré le',
    id: 'Événement',
    place: 'Place dans son dossier',
  },
  ledger: {
    origin: 'Registre',
    leaf: (index, size) => `feuille ${index}, d’un registre qui en avait ${size}`,
    leafHash: 'Empreinte de la feuille',
    key: 'Clé du registre',
  },
  keyField: 'Clé du registre, obtenue de l’organisme :',
  keyRefused: 'Ce n’est pas une clé de registre.',
  look: 'À comparer avec le registre en ligne de l’organisme',
  meaning: [
    'Cet extrait dit ce que l’organisme a enregistré, et que cela n’a pas changé depuis. Il ne dit pas si la donnée a été ' +
      'corrigée ou effacée plus tard : demandez-le à l’organisme.',
    'Une page peut être imitée tout entière, script compris. Qui doit en être sûr vérifie le fichier avec son propre ' +
      'outil : « ardoise-audit check-disclosure ».',
  ],
};

export const english: PageWords = {
  lang: 'en',
  title: 'Extract from a training record',
  notVerified: 'NOT VERIFIED',
  refused: 'NOT VERIFIED: this page is not what was recorded. Do not rely on it.',
  verified: 'VERIFIED: recorded, and signed by the key that you gave.',
  partly: 'VERIFIED IN PART: what follows is what a signed record says.',
  partlyKey:
    "What is left to you: whether the ledger's key shown below is the organisation's. Ask them, or read it on their site, " +
    'and paste it below.',
  partlyWitness: 'This page does not check whether independent witnesses saw the same ledger.',
  withoutScript: 'Nothing is shown unverified: open this page in a browser that runs its script.',
  shown: 'What is disclosed',
  hidden: (fields, sections) =>
    `The record also holds ${fields} ${fields === 1 ? 'field' : 'fields'} and ${sections} ` +
    `${sections === 1 ? 'part' : 'parts'} that are not disclosed.`,
  yes: 'yes',
  no: 'no',
  event: {
    organisation: 'Organisation (identifier)',
    type: 'Kind of act',
    recordedAt: 'Recorded on',
    id: 'Event',
    place: 'Place in its stream',
  },
  ledger: {
    origin: 'Ledger',
    leaf: (index, size) => `leaf ${index}, of a ledger that had ${size}`,
    leafHash: 'Hash of the leaf',
    key: "The ledger's key",
  },
  keyField: "The ledger's key, from the organisation:",
  keyRefused: 'That is no key of a ledger.',
  look: "To compare with the organisation's ledger online",
  meaning: [
    'This extract says what the organisation recorded, and that it has not changed since. It does not say whether the data ' +
      'were corrected or erased later: ask the organisation.',
    'A page can be imitated as a whole, with its script. Whoever has to be sure checks the file with a tool of their own: ' +
      '"ardoise-audit check-disclosure".',
  ],
};
