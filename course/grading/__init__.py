"""The grader: a folder of submissions in, marks.csv and a report for each student out.

    python -m grading FOLDER --keys CLASS/key --to REPORTS

It trusts nothing that was handed in. A submission is copied (`taken`) and runs in a process of its
own, with limits and behind a wall (`sandbox`, `inside`); only numbers, words and sounds come out of
it, and every score is computed from these by the grader's own functions (`first`, `second`,
`copies`, `listening`). What no program can judge is listed with its rubric for a reader (`parts`,
`report`).
"""
