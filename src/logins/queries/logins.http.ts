import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { isId } from '@ardoise/format';
import {
  ApiQueryRoute,
  cursorOf,
  defaultLimit,
  IdPipe,
  isInstant,
  pageOf,
  PageQuery,
  ProblemError,
  type Page,
} from '@ardoise/http';
import { DataSource, In } from 'typeorm';
import { PersonDirectory } from '../../persons/queries/person-directory';
import { LoginRow } from '../read-models/login.row';

class LoginView {
  @ApiProperty()
  id: string;

  @ApiProperty({ description: 'The alias in whose record it stands.' })
  person: string;

  @ApiProperty({ format: 'date-time' })
  occurredAt: string;

  @ApiProperty()
  address: string;

  @ApiProperty({ required: false })
  device?: string;

  @ApiProperty({ required: false })
  browser?: string;

  @ApiProperty({ required: false })
  operatingSystem?: string;
}

function loginView({ login, person, occurredAt, address, device, browser, operatingSystem }: LoginRow): LoginView {
  return {
    id: login,
    person,
    occurredAt: new Date(occurredAt).toISOString(),
    address,
    ...(device === null ? {} : { device }),
    ...(browser === null ? {} : { browser }),
    ...(operatingSystem === null ? {} : { operatingSystem }),
  };
}

@ApiTags('logins')
@Controller('v1/organisations/:organisation/persons/:person/logins')
export class LoginsHttp {
  constructor(
    private readonly database: DataSource,
    private readonly persons: PersonDirectory,
  ) {}

  @Get()
  @ApiQueryRoute({ summary: "A person's logins, over all aliases, newest first", answers: LoginView, list: true })
  async list(
    @Param('organisation') organisation: string,
    @Param('person', new IdPipe('person')) person: string,
    @Query() page: PageQuery,
  ): Promise<Page<LoginView>> {
    const limit = page.limit ?? defaultLimit;
    const aliases = await this.persons.known(organisation, person);
    const rows = this.database
      .getRepository(LoginRow)
      .createQueryBuilder('l')
      .where('l.organisation = :organisation AND l.person = ANY(:aliases)', { organisation, aliases })
      .orderBy('l.occurredAt', 'DESC')
      .addOrderBy('l.login', 'DESC')
      .limit(limit + 1);
    const after = cursorOf(page.after, isInstant, isId);
    if (after) {
      rows.andWhere('(l.occurredAt, l.login) < (:instant::timestamptz, :login)', {
        instant: after[0],
        login: after[1],
      });
    }
    const key = ({ occurredAt, login }: LoginRow): string[] => [new Date(occurredAt).toISOString(), login];
    return pageOf(await rows.getMany(), limit, loginView, key);
  }

  @Get(':login')
  @ApiQueryRoute({ summary: 'One login', answers: LoginView })
  async one(
    @Param('organisation') organisation: string,
    @Param('person', new IdPipe('person')) person: string,
    @Param('login', new IdPipe('login')) login: string,
  ): Promise<LoginView> {
    const aliases = await this.persons.known(organisation, person);
    const row = await this.database
      .getRepository(LoginRow)
      .findOneBy({ organisation, login, person: In([...aliases]) });
    if (!row) throw new ProblemError(404, 'login-not-found', 'there is no such login');
    return loginView(row);
  }
}
