import { LedgerError, type LedgerErrorCode } from './errors';
import type { TrustedLog, TrustedWitness } from './trust-policy';
import { cosignatureType, noteType, parseVerifierKey, type SignatureType, type VerifierKey } from './verifier-key';

export interface PolicyGroup {
  readonly threshold: number;
  readonly members: readonly PolicyMember[];
}

/** What can cosign a checkpoint, as a policy counts. Each is a member of one group at most, so that it counts once. */
export type PolicyMember = TrustedWitness | PolicyGroup;

/** How many logs, witnesses and groups are read, each; the specification asks for 32. */
const definitionLimit = 256;

/** Reads a policy line by line; each line may only speak of what stands before it. */
export class PolicyReader {
  readonly logs: TrustedLog[] = [];
  readonly witnesses: TrustedWitness[] = [];
  quorum?: PolicyMember | 'none';
  private readonly named = new Map<string, PolicyMember>();
  private readonly inGroups = new Set<string>();
  private line = 0;

  /** @throws LedgerError `policy-…`; the message begins with the number of the line, from 1. */
  read(line: number, text: string): void {
    this.line = line;
    // eslint-disable-next-line no-control-regex
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(text)) {
      throw this.refused('policy-character-refused', 'the only control characters are tab and newline');
    }
    const [word, ...items] = text.split(/[ \t]+/).filter((item) => item !== '');
    if (word === undefined || word.startsWith('#')) return;
    if (word === 'log') this.readLog(items);
    else if (word === 'witness') this.readWitness(items);
    else if (word === 'group') this.readGroup(items);
    else if (word === 'quorum') this.readQuorum(items);
    else throw this.refused('policy-line-unknown', 'a line begins with log, witness, group, quorum or #');
  }

  private readLog(items: readonly string[]): void {
    const [text, url, more] = items;
    if (text === undefined || more !== undefined) throw this.malformed('log <vkey> [<url>]');
    const key = this.key(text, noteType, this.logs);
    this.logs.push({ key, ...(url === undefined ? {} : { url }) });
  }

  private readWitness(items: readonly string[]): void {
    const [name, text, url, more] = items;
    if (name === undefined || text === undefined || more !== undefined) {
      throw this.malformed('witness <name> <vkey> [<url>]');
    }
    const key = this.key(text, cosignatureType, this.witnesses);
    const witness = { name, key, ...(url === undefined ? {} : { url }) };
    this.define(name, witness);
    this.witnesses.push(witness);
  }

  private readGroup(items: readonly string[]): void {
    const [name, threshold, ...names] = items;
    if (name === undefined || threshold === undefined || names.length === 0) {
      throw this.malformed('group <name> all|any|<number> <name>...');
    }
    const members = names.map((member) => this.member(member));
    this.define(name, { threshold: this.threshold(threshold, members.length), members });
  }

  private readQuorum(items: readonly string[]): void {
    const [name, more] = items;
    if (name === undefined || more !== undefined) throw this.malformed('quorum <name>');
    if (this.quorum !== undefined) throw this.refused('policy-quorum-twice', 'there is a quorum already');
    this.quorum = name === 'none' ? name : this.find(name);
  }

  private key(text: string, type: SignatureType, others: readonly { key: VerifierKey }[]): VerifierKey {
    const key = this.verifierKey(text);
    if (key.type !== type) {
      throw this.refused('policy-key-refused', `the key is of type ${key.type}; here it has to be of type ${type}`);
    }
    if (others.some((other) => other.key.publicKey.equals(key.publicKey))) {
      throw this.refused('policy-key-twice', 'a line before has the same public key');
    }
    if (others.length >= definitionLimit) throw this.refused('policy-too-large', `at most ${definitionLimit} are read`);
    return key;
  }

  private verifierKey(text: string): VerifierKey {
    try {
      return parseVerifierKey(text);
    } catch (error) {
      if (error instanceof LedgerError) throw this.refused('policy-key-refused', error.message);
      throw error;
    }
  }

  private define(name: string, member: PolicyMember): void {
    if (name === 'none') throw this.refused('policy-name-refused', 'the name none has a meaning of its own');
    if (this.named.has(name)) throw this.refused('policy-name-twice', 'a line before defines the same name');
    if (this.named.size >= 2 * definitionLimit) {
      throw this.refused('policy-too-large', `at most ${2 * definitionLimit} names are read`);
    }
    this.named.set(name, member);
  }

  private member(name: string): PolicyMember {
    if (name === 'none') throw this.refused('policy-name-refused', 'none is no member of a group');
    const member = this.find(name);
    if (this.inGroups.has(name)) throw this.refused('policy-member-twice', 'a name is a member of one group, once');
    this.inGroups.add(name);
    return member;
  }

  private find(name: string): PolicyMember {
    const member = this.named.get(name);
    if (member) return member;
    throw this.refused('policy-name-unknown', 'no line before defines that name');
  }

  private threshold(text: string, members: number): number {
    if (text === 'any') return 1;
    if (text === 'all') return members;
    const threshold = /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : 0;
    if (threshold >= 1 && threshold <= members) return threshold;
    throw this.refused('policy-threshold-refused', `a threshold is all, any or a number of 1 to ${members}`);
  }

  private malformed(form: string): LedgerError {
    return this.refused('policy-line-malformed', `the form is ${form}`);
  }

  private refused(code: LedgerErrorCode, why: string): LedgerError {
    return new LedgerError(code, `line ${this.line}: ${why}`);
  }
}
