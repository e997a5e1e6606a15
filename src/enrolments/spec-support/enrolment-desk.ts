import type { Response } from 'supertest';
import type { TestServer } from '../../../test/support/server';

const idOf = ({ body }: Response): string => (body as { readonly id: string }).id;

/** What specs of enrolments need around them, made through the same routes that clients use. */
export class EnrolmentDesk {
  private ownCourse = '';

  constructor(private readonly server: TestServer) {}

  async open(): Promise<void> {
    this.ownCourse = await this.course();
  }

  async course(): Promise<string> {
    return idOf(
      await this.server
        .post('/courses', {
          title: 'Premiers secours',
          modality: 'on-site',
          plannedHours: 14,
          modules: [],
          assessments: [],
          completionRule: 'declared',
        })
        .expect(201),
    );
  }

  async person(): Promise<string> {
    const profileValues = [
      { name: 'given-name', value: 'Camille' },
      { name: 'family-name', value: 'Durand' },
      { name: 'birth-date', value: '1990-05-17' },
      { name: 'email', value: 'camille@example.org' },
    ];
    return idOf(await this.server.post('/persons', { kinds: ['learner'], profileValues }).expect(201));
  }

  outline(): object {
    return {
      title: 'Groupe de mars',
      startsOn: '2026-03-16',
      endsOn: '2026-03-20',
      modality: 'on-site',
      location: 'Lyon',
    };
  }

  /** A session of the desk's own course. */
  async session({ capacity }: { capacity: number | undefined }): Promise<string> {
    const session = { ...this.outline(), course: this.ownCourse, ...(capacity === undefined ? {} : { capacity }) };
    return idOf(await this.server.post('/sessions', session).expect(201));
  }

  /** What requests an enrolment of a new person. */
  async body(session?: string): Promise<object> {
    return {
      person: await this.person(),
      course: this.ownCourse,
      ...(session === undefined ? {} : { session }),
      traineeKind: 'employee',
      funders: [
        { kind: 'employer', share: 6_000 },
        { kind: 'opco', share: 4_000, reference: 'D-2026-1' },
      ],
      plannedHours: 14,
    };
  }

  async requested(session?: string): Promise<string> {
    return idOf(await this.server.post('/enrolments', await this.body(session)).expect(201));
  }

  /** Requested, approved and come to rest. */
  async approved(session: string): Promise<string> {
    const enrolment = await this.requested(session);
    await this.server.post(`/enrolments/${enrolment}/approval`).expect(200);
    await this.server.settled();
    return enrolment;
  }

  async state(enrolment: string): Promise<string> {
    const { body } = (await this.server.get(`/enrolments/${enrolment}`).expect(200)) as { body: unknown };
    return (body as { readonly state: string }).state;
  }
}
