import { CommandBody, Flag, Key, ListOf, Text, Texts } from '@ardoise/http';
import { personKinds, type PersonKind } from '@ardoise/policy';
import type { Registration } from '../../domain/profile';

export class ProfileValueBody {
  @Key({ description: "A field of the organisation's profile.", example: 'given-name' })
  name: string;

  @Text({ max: 1000 })
  value: string;
}

export class ExternalIdBody {
  @Key({ description: 'A system whose numbers the organisation keeps.', example: 'lms' })
  system: string;

  @Text({ max: 200 })
  externalId: string;
}

export class RegisterPersonBody extends CommandBody {
  @Texts({ of: personKinds, max: personKinds.length, description: 'What the person is to the organisation.' })
  kinds: PersonKind[];

  @ListOf(() => ProfileValueBody, { optional: true, max: 50 })
  profileValues?: ProfileValueBody[];

  @ListOf(() => ExternalIdBody, { optional: true, max: 20, description: 'Each belongs to one person only.' })
  externalIds?: ExternalIdBody[];

  @Flag({
    optional: true,
    description: 'Whether the person certified to have the least age; exactly where the profile asks for it.',
  })
  ageCertified?: boolean;
}

export function registrationOf(body: RegisterPersonBody): Registration {
  const { kinds, profileValues = [], externalIds = [], ageCertified } = body;
  return {
    kinds,
    profileValues: profileValues.map((value) => ({ ...value })),
    externalIds: externalIds.map((externalId) => ({ ...externalId })),
    ...(ageCertified === undefined ? {} : { ageCertified }),
  };
}
