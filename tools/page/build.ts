/** Bundles what a page that verifies itself runs in a browser: the code of the libraries, without Node. */
import { build, type Plugin } from 'esbuild';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..', '..');
const here = (file: string): string => join(__dirname, file);

/** What Node has and a browser does not. */
const replaced: Plugin = {
  name: 'without-node',
  setup(bundle) {
    bundle.onResolve({ filter: /^node:crypto$/ }, () => ({ path: here('crypto.ts') }));
    bundle.onResolve({ filter: /^node:buffer$/ }, () => ({ path: here('buffer.ts') }));
    bundle.onResolve({ filter: /^\.\/(sha256|ed25519)$/ }, ({ path, resolveDir }) =>
      resolveDir === join(root, 'libs', 'ledger') ? { path: here(`${path}.ts`) } : undefined,
    );
  },
};

/** The script of a page, as text that can stand between script tags. */
export async function pageScript(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: ['es2022'],
    charset: 'ascii',
    legalComments: 'none',
    treeShaking: true,
    tsconfig: join(root, 'tsconfig.json'),
    inject: [here('buffer-global.ts')],
    plugins: [replaced],
  });
  const text = (outputFiles[0] as { text: string }).text.trim();
  if (/<\/script|<!--/i.test(text)) throw new Error('the script of the page would end its own element');
  return text;
}

/** The module that holds a page's script, for the build and for tests alike. */
export async function pageScriptModule(entry: string): Promise<string> {
  return `/** What the page of a disclosure runs, bundled from ${entry} by tools/page; generated, never edited. */
export const pageScript = ${JSON.stringify(await pageScript(entry))};
`;
}
