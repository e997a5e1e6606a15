import type { Migration } from '@ardoise/postgres';

/** What is backed up apart, since each is worth something else to a thief and may be kept for another time. */
export const partNames = ['log', 'vault', 'read', 'blobs'] as const;
export type PartName = (typeof partNames)[number];
export type DatabasePart = Exclude<PartName, 'blobs'>;
export const databaseParts = ['log', 'vault', 'read'] as const;

/** The part whose tables a migration makes, by the id that it bears for ever. */
export function partOfMigration(id: string): DatabasePart | undefined {
  // A ledger without its log, or beside another one, proves nothing: they are one part.
  if (id.startsWith('log-') || id.startsWith('ledger-')) return 'log';
  if (id.startsWith('vault-')) return 'vault';
  // What is said of this server's own files, and of who runs here and now; and what follows from the log, sealed.
  return ['maintenance-', 'versions-', 'snapshots-'].some((its) => id.startsWith(its)) ? undefined : 'read';
}

/** Tables of a rebuild under way: worth nothing to anybody but it. */
export const rebuildSchema = 'read_rebuild';

/** Schemas of ours, each with its part. What somebody else keeps in the same database is neither read nor touched. */
export type Schemas = ReadonlyMap<string, DatabasePart>;

/**
 * The schemas that migrations make. What is neither log nor vault can hold opened values, and is treated as the read
 * models are; what is remembered of this database's own files is in no part.
 */
export function schemasOf(migrations: readonly Migration[]): Schemas {
  return new Map(
    migrations.flatMap(({ id, statements }) => {
      const part = partOfMigration(id);
      const made = [...statements.matchAll(/^\s*CREATE SCHEMA (?:IF NOT EXISTS )?"?([a-z_]+)"?/gm)];
      return part ? made.map(([, name]) => [name as string, part] as const) : [];
    }),
  );
}

interface InTwoLanguages {
  readonly fr: string;
  readonly en: string;
}

/** What a person who finds the part in ten years must know. */
export interface PartWords {
  readonly contains: InTwoLanguages;
  readonly toAThief: InTwoLanguages;
  readonly keepFor: InTwoLanguages;
}

export const partWords: Readonly<Record<PartName, PartWords>> = {
  log: {
    contains: {
      fr: 'Le journal : tous les événements, en-têtes en clair, contenus personnels scellés ; ce qui en a été signé.',
      en: 'The log: every event, headers in clear, personal content sealed; what was signed of it.',
    },
    toAThief: {
      fr: 'Sans le coffre et sa clé maîtresse : des types d’actes et leurs heures, personne n’y est nommé. Avec eux : tout ce qui n’a pas été effacé.',
      en: 'Without the vault and its key-encryption key: kinds of acts and their seconds, naming nobody. With them: everything that was not erased.',
    },
    keepFor: {
      fr: 'Aussi longtemps que souhaité : un effacement rend illisible aussi cette copie, dès que plus aucune copie du coffre ne peut s’ouvrir.',
      en: 'As long as wanted: an erasure makes this copy unreadable too, as soon as no copy of the vault can be opened any more.',
    },
  },
  vault: {
    contains: {
      fr: 'Le coffre : les clés des données de chaque personne, enveloppées sous la clé maîtresse, et qui elles concernent.',
      en: 'The vault: the keys of each person’s data, wrapped under the key-encryption key, and whom they concern.',
    },
    toAThief: {
      fr: 'Avec la clé maîtresse et un journal : tout, y compris ce qui a été effacé depuis cette copie. Seul : quels identifiants de personnes ont quelles catégories de données.',
      en: 'With the key-encryption key and a log: everything, also what was erased since this copy. Alone: which person ids have which categories of data.',
    },
    keepFor: {
      fr: 'Jamais au-delà de l’horizon des clés (« ardoise keys status » le donne) : tant qu’elle s’ouvre, cette copie peut faire revenir des données effacées.',
      en: 'Never beyond the key horizon (“ardoise keys status” tells it): while it opens, this copy can bring back what was erased.',
    },
  },
  read: {
    contains: {
      fr: 'Les vues : noms, adresses, résultats et paiements EN CLAIR, et les effacements en cours.',
      en: 'The read models: names, addresses, results and payments IN CLEAR, and the erasures under way.',
    },
    toAThief: {
      fr: 'Tout, sans aucune clé. C’est la partie la plus sensible.',
      en: 'Everything, without any key. It is the most sensitive part.',
    },
    keepFor: {
      fr: 'Quelques jours, sur un support chiffré, ou pas du tout : elle se reconstruit à partir du journal. Un effacement n’y change rien.',
      en: 'A few days, on encrypted storage, or not at all: it can be rebuilt from the log. An erasure changes nothing in it.',
    },
  },
  blobs: {
    contains: {
      fr: 'Les pièces jointes, chacune scellée sous la clé de la personne.',
      en: 'Attached documents, each sealed under the person’s key.',
    },
    toAThief: {
      fr: 'Sans le coffre et sa clé maîtresse : des tailles de fichiers.',
      en: 'Without the vault and its key-encryption key: sizes of files.',
    },
    keepFor: {
      fr: 'Aussi longtemps que le journal avec lequel elles vont.',
      en: 'As long as the log that they belong to.',
    },
  },
};
