import type { ReadmeFacts } from './readme';

export function frenchReadme({ organisation, madeAt, since, trees, verifierKeys, steps }: ReadmeFacts): string {
  const table = trees.map((one) => `| ${one.incarnation} | \`${one.origin}\` | ${one.size} |`).join('\n');
  const partial =
    since === undefined
      ? ''
      : `
**Ce lot est un complément** : il reprend à la feuille ${since.size} de l’incarnation ${since.incarnation} ; ce qui précède est dans un lot
antérieur, sans lequel seule la suite se vérifie.
`;
  return `# Registre de « ${organisation} »

(English below.)

Ce lot contient le registre de tout ce qu’Ardoise a enregistré pour « ${organisation} », arrêté le ${madeAt}. Il permet de
vérifier, sans serveur, sans base de données, sans réseau et sans aucune clé secrète, que chaque événement y est encore,
dans son ordre et sans altération, et que ce qui a été effacé l’a été, et rien d’autre.
${partial}
| incarnation | nom | événements |
|---|---|---|
${table}

## Ce qui s’y trouve

| fichier | contenu |
|---|---|
| \`ledger.json\` | les arbres : nom, nombre de feuilles, racine |
| \`keys.json\` | les clés publiques qui signent les points de contrôle et les reçus |
| \`<incarnation>/checkpoint\` | le dernier point de contrôle, une note signée, avec les cosignatures des témoins |
| \`<incarnation>/checkpoints.ndjson\` | tous les points de contrôle, et leurs horodatages |
| \`<incarnation>/tile/…\` | les empreintes de l’arbre, et dans \`tile/entries/\` les événements (format tlog-tiles) |
| \`policies/\` | les versions connues de la politique de l’organisation |
| \`receipts.ndjson\` | les reçus signés des jours et de l’organisation dont les clés ont été détruites |
| \`units.ndjson\` | ce que le coffre dit avoir détruit ou perdu, et l’événement qui le dit |
| \`vocabulary.json\` | la déclaration de chaque type d’événement |

## Ce qui ne s’y trouve pas

Aucune clé, aucun nom, aucun contenu scellé, ni en clair ni chiffré : un événement n’a ici que son en-tête, où le contenu n’est
que l’empreinte SHA-256 de son chiffré. **Ces en-têtes restent pourtant des données de quelqu’un** tant que vivent les clés qui
mènent de leurs identifiants aléatoires à une personne : conservez ce lot comme telles, et la remise de ce lot a été
consignée au registre.

## Vérifier avec \`ardoise-audit\`

Il ne faut que Node.js (20.19 ou plus) et le fichier \`ardoise-audit.mjs\` :

    node ardoise-audit.mjs verify LOT.tar --policy CONFIANCE

\`CONFIANCE\` est un fichier qui nomme les registres et les témoins auxquels vous vous fiez ([tlog-policy](https://c2sp.org/tlog-policy)) ;
sans lui, tout est recalculé, mais rien ne dit à qui sont les clés. La commande dit ce qu’elle a vérifié, combien, et la première chose
qui est fausse. Le code de retour est 0 si tout est vérifié, 1 si quelque chose est refusé, 3 si rien n’est faux mais que tout n’a pas
été vérifié.

**Une clé qui arrive avec ce qu’elle a signé ne prouve rien.** Comparez les clés ci-dessous à celles que l’organisme
publie (\`/v1/ledger-keys\`), à un lot plus ancien ou à ce qu’un témoin connaît :

${verifierKeys.map((key) => `    ${key}`).join('\n')}

## Vérifier avec d’autres outils

Décompressez d’abord : \`tar -xf LOT.tar\`, puis dans ce dossier :

1. **Une feuille.** Le premier événement du dernier paquet : l’empreinte calculée et celle que l’arbre contient sont les mêmes.

\`\`\`sh
${steps.leaf}
\`\`\`

2. **La signature du point de contrôle** (Ed25519) ; la réponse est \`Signature Verified Successfully\`.

\`\`\`sh
${steps.signature}
\`\`\`

3. **L’arbre entier**, avec n’importe quel client de [tlog-tiles](https://c2sp.org/tlog-tiles) : chaque dossier d’incarnation est un
   tel registre. Servez-le, et donnez au client cette adresse et la clé ci-dessus :

\`\`\`sh
${steps.serve}
\`\`\`

4. **Un horodatage** (RFC 3161), s’il y en a ; \`authority.pem\` est le certificat de l’autorité, obtenu auprès d’elle.

\`\`\`sh
${steps.timestamp}
\`\`\`
`;
}
