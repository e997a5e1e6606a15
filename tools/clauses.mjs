/**
 * Writes docs/clauses.md: per clause of docs/requirements/clauses.yaml, the tests whose names bear its id. With --check
 * nothing is written, and the exit code says whether it would be. A test that names an unknown clause is an error.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');
const listFile = 'docs/requirements/clauses.yaml';
const tableFile = 'docs/clauses.md';
const testFolders = ['apps', 'libs', 'src', 'test'];
const testFile = /\.(spec|int-spec|e2e-spec)\.ts$/;

const organisations = parse(readFileSync(join(root, listFile), 'utf8'));
const known = new Set(Object.values(organisations).flatMap((clauses) => Object.keys(clauses)));
const prefixes = [...new Set([...known].map((id) => id.split('-')[0]))];
const clauseId = new RegExp(`\\b(?:${prefixes.join('|')})-\\d+\\b`, 'g');

/** Names of a file's tests, each behind the names of the blocks that it stands in. */
function testNames(path) {
  const source = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true);
  const names = [];
  const visit = (node, outer) => {
    const name = ts.isCallExpression(node) ? calledWithName(node) : undefined;
    if (name?.called === 'describe') return node.arguments.forEach((child) => visit(child, [...outer, name.text]));
    if (name) names.push([...outer, name.text].join(' › '));
    ts.forEachChild(node, (child) => visit(child, outer));
  };
  visit(source, []);
  return names;
}

/** `it('…')`, `it.each(…)('…')`, `describe('…')`: what is called, and the text it is called with. */
function calledWithName({ expression, arguments: [first] }) {
  let called = expression;
  while (!ts.isIdentifier(called)) {
    if (!(
      ts.isCallExpression(called) ||
      ts.isPropertyAccessExpression(called) ||
      ts.isTaggedTemplateExpression(called)
    ))
      return undefined;
    called = ts.isTaggedTemplateExpression(called) ? called.tag : called.expression;
  }
  if (!['it', 'test', 'describe'].includes(called.text) || !first) return undefined;
  if (ts.isStringLiteralLike(first)) return { called: called.text, text: first.text };
  return ts.isTemplateExpression(first) ? { called: called.text, text: first.getText().slice(1, -1) } : undefined;
}

function testFiles(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => testFile.test(name) && !name.includes('node_modules'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .sort();
}

const shownBy = new Map([...known].map((id) => [id, []]));
const unknown = [];
for (const path of testFolders.flatMap(testFiles)) {
  for (const name of testNames(path)) {
    for (const id of new Set(name.match(clauseId))) {
      if (known.has(id)) shownBy.get(id).push({ path, name });
      else unknown.push(`${path}: "${name}" names ${id}, which is no clause of ${listFile}`);
    }
  }
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function row(id, { section, shows }) {
  const tests = shownBy.get(id).map(({ path, name }) => `[${cell(name)}](../${path})`);
  return `| ${id} | ${cell(String(section))} | ${cell(shows)} | ${tests.join('<br>') || '–'} |`;
}

function table(organisation, clauses) {
  const shown = Object.keys(clauses).filter((id) => shownBy.get(id).length > 0).length;
  return [
    `## ${organisation}: ${shown} of ${Object.keys(clauses).length}`,
    '',
    '| clause | section | what must be shown | tests that bear its id |',
    '|---|---|---|---|',
    ...Object.entries(clauses).map(([id, clause]) => row(id, clause)),
    '',
  ].join('\n');
}

const missing = [...known].filter((id) => shownBy.get(id).length === 0);
const text = `# Which tests show which clause

Generated from [the list of clauses](requirements/clauses.yaml) and the names of the tests by \`npm run generate\`; not
edited. A test that bears a clause's id shows it or a part of it; a clause with none is not shown yet.

**${known.size - missing.length} of ${known.size} clauses have a test.**

${Object.entries(organisations)
  .map(([organisation, clauses]) => table(organisation, clauses))
  .join('\n')}`;

const target = resolve(root, tableFile);
let before = '';
try {
  before = readFileSync(target, 'utf8');
} catch {
  // it is new
}
for (const line of unknown) process.stderr.write(line + '\n');
if (before !== text && !check) writeFileSync(target, text);
if (before !== text && check) process.stderr.write(`not what the tests say: ${tableFile}; run "npm run generate"\n`);
process.stdout.write(`${known.size - missing.length} of ${known.size} clauses have a test\n`);
process.exitCode = unknown.length > 0 || (check && before !== text) ? 1 : 0;
