/** What the page of a proof says, in the two languages of whoever reads it. */
export interface ProofWords {
  readonly lang: 'fr' | 'en';
  readonly title: string;
  readonly lead: (organisation: string, keys: number) => string;
  readonly facts: { readonly erasure: string; readonly destroyed: string; readonly digest: string };
  readonly where: string;
  readonly nowhere: string;
  readonly event: string;
  readonly recorded: string;
  readonly leaf: string;
  readonly leafHash: string;
  readonly checkpoint: (origin: string) => string;
  readonly says: string;
  readonly meaning: readonly string[];
  readonly check: string;
}

export const french: ProofWords = {
  lang: 'fr',
  title: 'Preuve d’effacement',
  lead: (organisation, keys) =>
    `${organisation} a détruit ${keys > 1 ? `${keys} clés qui rendaient` : 'la clé qui rendait'} lisibles les données vous ` +
    `concernant. Le registre de l’organisme le dit, à la place indiquée ci-dessous, et ne peut plus dire autre chose.`,
  facts: { erasure: 'Numéro de l’effacement', destroyed: 'Clés détruites le', digest: 'SHA-256 du reçu' },
  where: 'Où le registre le dit',
  nowhere: 'Aucune clé n’a été détruite : il n’y avait rien à effacer. Le registre n’a rien à en dire.',
  event: 'Événement',
  recorded: 'Enregistré le',
  leaf: 'Feuille',
  leafHash: 'Empreinte de la feuille',
  checkpoint: (origin) => `État signé du registre ${origin}`,
  says: 'Ce que cette preuve dit, et ce qu’elle ne dit pas',
  meaning: [
    'Chaque événement enregistré est une feuille du registre. L’organisme signe régulièrement une empreinte de toutes les ' +
      'feuilles ; des témoins indépendants peuvent la signer aussi. Une feuille retirée ou changée se verrait.',
    'La preuve nomme les clés détruites, par des numéros tirés au sort qui ne disent rien de vous. Les données chiffrées ' +
      'restent dans le journal, illisibles pour tout le monde.',
    'Aucune preuve ne peut montrer qu’une copie de ces données n’existe nulle part ailleurs. Ce qui a été communiqué à ' +
      'd’autres avant l’effacement est chez eux.',
  ],
  check: 'Le fichier JSON de cette preuve se vérifie hors ligne avec « ardoise-audit check-erasure ».',
};

export const english: ProofWords = {
  lang: 'en',
  title: 'Proof of erasure',
  lead: (organisation, keys) =>
    `${organisation} has destroyed ${keys === 1 ? 'the key' : `${keys} keys`} that made the data about you readable. The ` +
    `organisation's ledger says so, at the place given below, and can no longer say anything else.`,
  facts: { erasure: 'Number of the erasure', destroyed: 'Keys destroyed on', digest: 'SHA-256 of the receipt' },
  where: 'Where the ledger says so',
  nowhere: 'No key was destroyed: there was nothing to erase. The ledger has nothing to say of it.',
  event: 'Event',
  recorded: 'Recorded on',
  leaf: 'Leaf',
  leafHash: 'Hash of the leaf',
  checkpoint: (origin) => `Signed state of the ledger ${origin}`,
  says: 'What this proof says, and what it does not',
  meaning: [
    'Each recorded event is a leaf of the ledger. The organisation regularly signs a hash of all leaves, and independent ' +
      'witnesses may sign it too. A leaf that was removed or changed would show.',
    'The proof names the destroyed keys by random numbers that say nothing of you. The encrypted data stay in the log, ' +
      'unreadable for everybody.',
    'No proof can show that there is no copy of these data anywhere else. What was disclosed to others before the erasure ' +
      'is with them.',
  ],
  check: 'The JSON file of this proof can be verified offline with "ardoise-audit check-erasure".',
};
