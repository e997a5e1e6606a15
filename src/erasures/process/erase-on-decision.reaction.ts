import { Injectable } from '@nestjs/common';
import type { Reaction } from '@ardoise/reactions';
import { ErasureBeginning } from './erasure-beginning';
import { ErasureRunner } from './erasure-runner';

/** An erasure that was decided is remembered; what carries it out does not hold up the next one. */
@Injectable()
export class EraseOnDecision implements Reaction {
  readonly name = 'erasure';
  readonly on: Reaction['on'];

  constructor(beginning: ErasureBeginning, runner: ErasureRunner) {
    this.on = {
      'erasure-decided': async (event) => {
        await beginning.begin(event);
        runner.nudge();
      },
    };
  }
}
