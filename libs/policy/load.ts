import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { crossChecks, type Finding } from './checks';
import type { Policy } from './policy';
import { PolicyError, type PolicyProblem } from './problems';
import { policySchema } from './schema';
import { categories } from './vocabulary';

const validate = new Ajv({ allErrors: true, strict: true, verbose: true }).compile<Policy>(policySchema);
const extension = '.yaml';

/**
 * Reads every `*.yaml` of a folder as an organisation profile.
 * @returns the profiles by slug, in the order of their file names.
 * @throws PolicyError with all problems of all files: syntax, schema, and parts that do not agree. Nothing is loaded
 * when one profile is wrong: an organisation without its rules must not be served.
 */
export function loadPolicies(folder: string): Map<string, Policy> {
  const problems: PolicyProblem[] = [];
  const policies = new Map<string, Policy>();
  const claimed = new Map<string, string>();
  for (const file of profileFiles(folder)) {
    const read = readPolicy(file, readFileSync(join(folder, file), 'utf8'));
    problems.push(...read.problems);
    if (read.slug !== undefined) {
      const first = claimed.get(read.slug);
      if (first !== undefined) problems.push(duplicate(file, read.slug, first));
      claimed.set(read.slug, first ?? file);
    }
    if (read.policy) policies.set(read.policy.organisation, read.policy);
  }
  if (problems.length > 0) throw new PolicyError(problems);
  return policies;
}

interface ReadPolicy {
  readonly policy?: Policy;
  readonly slug?: string;
  readonly problems: readonly PolicyProblem[];
}

/** Reads one profile from its text. `file` is its name, which must be the slug and `.yaml`. */
export function readPolicy(file: string, text: string): ReadPolicy {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const problems = faults.map((fault) => {
      const { line, col } = lines.linePos(fault.pos[0]);
      return { file, path: '', message: `no valid YAML: ${firstLine(fault.message)}`, line, column: col };
    });
    return { problems };
  }
  const place = ({ path, message }: Finding): PolicyProblem => ({
    file,
    path: path.join('.'),
    message,
    ...position(document, path, lines),
  });
  const content: unknown = document.toJS();
  const slug = slugOf(content);
  const findings = slug === undefined ? [] : checkFileName(file, slug);
  if (!validate(content)) {
    findings.push(...(validate.errors ?? []).flatMap(schemaFinding));
    return { slug, problems: findings.map(place) };
  }
  findings.push(...crossChecks(content));
  return { slug, problems: findings.map(place), ...(findings.length === 0 ? { policy: content } : {}) };
}

function profileFiles(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    throw new PolicyError([{ file: folder, path: '', message: 'no such folder; right is a folder of profiles' }]);
  }
  const files = names.filter((name) => name.endsWith(extension)).sort();
  if (files.length === 0) {
    throw new PolicyError([
      { file: folder, path: '', message: 'holds no profile; right is one .yaml per organisation' },
    ]);
  }
  return files;
}

function checkFileName(file: string, slug: string): Finding[] {
  if (basename(file, extension) === slug) return [];
  const message = `is "${slug}" in a file named ${file}; the file must be named ${slug}${extension}`;
  return [{ path: ['organisation'], message }];
}

function duplicate(file: string, slug: string, first: string): PolicyProblem {
  return { file, path: 'organisation', message: `"${slug}" is already the organisation of ${first}; use another slug` };
}

function slugOf(content: unknown): string | undefined {
  if (typeof content !== 'object' || content === null || !('organisation' in content)) return undefined;
  return typeof content.organisation === 'string' ? content.organisation : undefined;
}

/** A schema error in words that say what would be right. */
function schemaFinding(error: ErrorObject): Finding[] {
  const path = error.instancePath.split('/').slice(1).map(unescapePointer);
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'required': {
      const name = String(params['missingProperty']);
      const isCategory = path.join() === 'categories' && (categories as readonly string[]).includes(name);
      const message = isCategory ? 'has no rule; every category needs one, also one that stays empty' : 'is missing';
      return [{ path: [...path, name], message }];
    }
    case 'additionalProperties': {
      const known = Object.keys((error.parentSchema?.['properties'] ?? {}) as object);
      const message = `is not known here; known are ${known.join(', ')}`;
      return [{ path: [...path, String(params['additionalProperty'])], message }];
    }
    case 'enum':
      return [
        {
          path,
          message: `is ${shown(error.data)}; right is one of ${(params['allowedValues'] as string[]).join(', ')}`,
        },
      ];
    case 'pattern':
      // A wrong name is reported twice, once by its pattern and once by `propertyNames`: the second names it.
      if (error.propertyName !== undefined) return [];
      return [{ path, message: `is ${shown(error.data)}; right is a text of the form ${String(params['pattern'])}` }];
    case 'propertyNames':
      return [{ path: [...path, String(params['propertyName'])], message: 'is no name in kebab-case (a-z, 0-9, -)' }];
    default:
      return [{ path, message: `is ${shown(error.data)}; it ${error.message ?? 'does not fit the schema'}` }];
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function unescapePointer(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/:$/, '');
}

/** Where a member stands, or the nearest one around it that does. */
function position(document: Document, path: readonly string[], lines: LineCounter): { line?: number; column?: number } {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) {
      const { line, col } = lines.linePos(node.range[0]);
      return { line, column: col };
    }
  }
  return {};
}
