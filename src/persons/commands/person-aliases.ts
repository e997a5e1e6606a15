import { Inject, Injectable } from '@nestjs/common';
import { conflict, Recorder } from '@ardoise/decider';
import type { Vault } from '@ardoise/vault';
import { VAULT } from '../../platform/tokens';
import { person } from '../domain/person';
import { PersonDirectory } from '../queries/person-directory';

/** The vault's index of who is whose duplicate: it follows the log, and erasure covers whom it names. */
@Injectable()
export class PersonAliases {
  constructor(
    private readonly directory: PersonDirectory,
    private readonly recorder: Recorder,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /**
   * Whether a person can become a duplicate of another.
   * @throws Refusal `person-not-found`, `person-erased`, `merge-cycle`
   */
  async check(organisation: string, id: string, into: string): Promise<void> {
    let { aliasOf } = await this.directory.requireLiving(organisation, into, '/into');
    while (aliasOf !== undefined) {
      if (aliasOf === id) throw cycle();
      ({ aliasOf } = await this.directory.requireLiving(organisation, aliasOf, '/into'));
    }
  }

  /** Brings the index up to what the log says by now, whatever others do meanwhile; repeating it changes nothing. */
  async follow(organisation: string, id: string, stream: string): Promise<void> {
    let before = await this.recorder.fold(person, organisation, stream);
    for (;;) {
      await this.vault.setAlias(organisation, id, before.state.mergedInto);
      const after = await this.recorder.fold(person, organisation, stream, before);
      if (after.state.mergedInto === before.state.mergedInto) return;
      before = after;
    }
  }
}

export function cycle() {
  return conflict('merge-cycle', 'that person is a duplicate of this one, directly or by others', '/into');
}
