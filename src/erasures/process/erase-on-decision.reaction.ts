import { Injectable } from '@nestjs/common';
import type { Reaction } from '@ardoise/reactions';
import { ErasureProcess } from './erasure-process';

/** An erasure that was decided is carried out, whatever crashes in between. */
@Injectable()
export class EraseOnDecision implements Reaction {
  readonly name = 'erasure';
  readonly on: Reaction['on'];

  constructor(process: ErasureProcess) {
    this.on = { 'erasure-decided': (event) => process.run(event) };
  }
}
