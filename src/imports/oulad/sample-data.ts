/** A few rows of each file, for specs. */
export const sampleData = {
  course: `"code_module","code_presentation","module_presentation_length"
"AAA","2014J",269
"AAA","2013J",268
`,
  assessment: `"code_module","code_presentation","id_assessment","assessment_type","date","weight"
"AAA","2013J",1,"TMA",19,10
"AAA","2013J",2,"Exam",,100
"AAA","2014J",3,"CMA",54,20
`,
  vle: `"id_site","code_module","code_presentation","activity_type","week_from","week_to"
546943,"AAA","2013J","resource",,
`,
  student_registration: `"code_module","code_presentation","id_student","date_registration","date_unregistration"
"AAA","2014J",100,-30,
"AAA","2013J",100,-159,
"AAA","2013J",200,,12
`,
  student: `"code_module","code_presentation","id_student","gender","region","highest_education","imd_band","age_band","num_of_prev_attempts","studied_credits","disability","final_result"
"AAA","2013J",100,"M","Scotland","HE Qualification","90-100%","0-35",0,240,FALSE,"Fail"
"AAA","2014J",100,"M","Scotland","HE Qualification","90-100%","35-55",1,60,FALSE,"Pass"
"AAA","2013J",200,"F","Wales","A Level",,"55<=",0,60,TRUE,"Withdrawn"
`,
  student_assessment: `"id_assessment","id_student","date_submitted","is_banked","score"
1,100,18,FALSE,30
1,200,20,FALSE,70
2,100,230,FALSE,
3,100,-1,TRUE,70
`,
} as const;
