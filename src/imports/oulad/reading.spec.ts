import { readAssessment, readPresentation, readRegistration, readStudent, readSubmission } from './reading';

const of = { code_module: 'AAA', code_presentation: '2013J' };

describe('reading rows', () => {
  it('reads a presentation', () => {
    expect(readPresentation({ ...of, module_presentation_length: '268' })).toEqual({
      value: { presentation: 'AAA-2013J', days: 268 },
    });
    expect(readPresentation({ ...of, code_presentation: '2013X', module_presentation_length: '268' })).toMatchObject({
      reason: 'value-malformed',
    });
    expect(readPresentation({ ...of, module_presentation_length: '-1' })).toMatchObject({ reason: 'value-malformed' });
  });

  it('reads an assessment, with or without a due day', () => {
    const cells = { ...of, id_assessment: '1752', assessment_type: 'TMA', date: '19', weight: '10' };
    expect(readAssessment(cells)).toEqual({
      value: { presentation: 'AAA-2013J', id: '1752', type: 'TMA', due: 19, weight: '10' },
    });
    expect(readAssessment({ ...cells, date: '' })).toMatchObject({ value: { id: '1752' } });
    expect(readAssessment({ ...cells, assessment_type: 'Quiz' })).toMatchObject({ reason: 'value-malformed' });
    expect(readAssessment({ ...cells, weight: 'x' })).toMatchObject({ reason: 'value-malformed' });
  });

  it('reads a registration, whose days may be missing', () => {
    const cells = { ...of, id_student: '11391', date_registration: '', date_unregistration: '-5' };
    expect(readRegistration(cells)).toEqual({
      value: { presentation: 'AAA-2013J', student: '11391', unregistered: -5 },
    });
    expect(readRegistration({ ...cells, date_unregistration: 'soon' })).toMatchObject({ reason: 'value-malformed' });
    expect(readRegistration({ ...cells, id_student: '' })).toMatchObject({ reason: 'value-malformed' });
  });

  it('reads a student, without the columns that are not stored', () => {
    const cells = {
      ...of,
      id_student: '11391',
      gender: 'M',
      region: 'Wales',
      age_band: '55<=',
      highest_education: 'A Level',
      imd_band: '0-10%',
      num_of_prev_attempts: '0',
      studied_credits: '60',
      disability: 'TRUE',
      final_result: 'Pass',
    };
    expect(readStudent(cells)).toEqual({
      value: {
        presentation: 'AAA-2013J',
        student: '11391',
        gender: 'M',
        region: 'Wales',
        ageBand: '55<=',
        result: 'Pass',
      },
    });
    expect(readStudent({ ...cells, final_result: '' })).toMatchObject({ reason: 'value-malformed' });
  });

  it('reads a submission, scored or not', () => {
    const cells = { id_assessment: '1752', id_student: '11391', date_submitted: '18', is_banked: 'FALSE', score: '78' };
    expect(readSubmission(cells)).toEqual({
      value: { assessment: '1752', student: '11391', submitted: 18, banked: false, score: 78 },
    });
    expect(readSubmission({ ...cells, score: '', is_banked: 'TRUE' })).toMatchObject({ value: { banked: true } });
    expect(readSubmission({ ...cells, is_banked: 'perhaps' })).toMatchObject({ reason: 'value-malformed' });
    expect(readSubmission({ ...cells, score: 'good' })).toMatchObject({ reason: 'value-malformed' });
    expect(readSubmission({ ...cells, date_submitted: '' })).toMatchObject({ reason: 'value-malformed' });
  });

  it('says what is wrong without the value', () => {
    const read = readSubmission({
      id_assessment: '1752',
      id_student: 'Ada Martin',
      date_submitted: '18',
      is_banked: '0',
      score: '',
    });
    expect(JSON.stringify(read)).not.toContain('Ada');
  });
});
