import type { Migration } from '@ardoise/postgres';

/** Tables of the read models, one migration for each change of the entities; generated, never edited. */
export const readModelMigrations: readonly Migration[] = [
  {
    id: 'read-models-001',
    statements:
      'SET LOCAL ROLE ardoise_read;\nCREATE TABLE "read"."courses" ("organisation" text NOT NULL, "course" text NOT NULL, "title" text NOT NULL, "definition" jsonb NOT NULL, "version" integer NOT NULL, "recorded_at" TIMESTAMP WITH TIME ZONE NOT NULL, CONSTRAINT "PK_db300e790909d4e0727ad330da5" PRIMARY KEY ("organisation", "course"));\nCREATE TABLE "read"."fenced_units" ("organisation" text NOT NULL, "ended_unit" text NOT NULL, "event" text NOT NULL, "cause" text NOT NULL, "recorded_at" TIMESTAMP WITH TIME ZONE NOT NULL, CONSTRAINT "PK_22afa1807ad90a3608611959c74" PRIMARY KEY ("organisation", "ended_unit"));\nCREATE TABLE "read"."organisations" ("organisation" text NOT NULL, "name" text, "policy" integer, "policy_digest" text, "registered_at" TIMESTAMP WITH TIME ZONE NOT NULL, "policy_adopted_at" TIMESTAMP WITH TIME ZONE, CONSTRAINT "PK_72a6ea18c98ca291434903e4ab9" PRIMARY KEY ("organisation"));\nRESET ROLE',
  },
];
