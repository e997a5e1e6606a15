import { Command } from 'commander';
import { endOrganisationCommand } from './organisation/end';

export function organisationCommand(): Command {
  return new Command('organisation')
    .description('what concerns a whole organisation')
    .addCommand(endOrganisationCommand());
}
