import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { singleStream } from '@ardoise/format';
import { digestOf } from '@ardoise/policy';
import type { Vault } from '@ardoise/vault';
import { VAULT } from '../../../platform/tokens';
import { organisation } from '../../domain/organisation';
import { OrganisationDirectory } from '../../queries/organisation-directory';
import { AdoptPolicyCommand } from './adopt-policy.command';

@CommandHandler(AdoptPolicyCommand)
export class AdoptPolicyHandler implements ICommandHandler<AdoptPolicyCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly directory: OrganisationDirectory,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  async execute({ organisation: slug }: AdoptPolicyCommand): Promise<void> {
    const policy = this.directory.policy(slug);
    const digest = digestOf(policy);
    await this.vault.admitOrganisation(slug);
    const naming = await this.vault.naming(slug);
    const number = policy.policy.version;
    await this.recorder.execute(
      organisation,
      singleStream(organisation.kind),
      { type: 'adopt-policy', name: policy.name, number, digest },
      {
        organisation: slug,
        commandId: naming.step(digest, `adopt-policy-${number}`),
        service: 'server',
        source: 'system',
      },
    );
  }
}
