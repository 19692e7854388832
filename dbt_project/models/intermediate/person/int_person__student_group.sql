{{ person_groups(ref('int_person__attribute')) }}
