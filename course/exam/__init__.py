"""A bank of exam questions, other than those of the chapters, with numbers drawn from a seed.

    cd course && python -m exam --seed 20417 --to FOLDER

FOLDER gets `exam-moodle.xml`, `exam-qti.zip` and `exam-key.csv`. The kinds of question can be read
here by anybody, as all of this book can; the numbers, and with them the answers, follow from the
seed: take a large one, and keep it. Without `--seed` one is drawn, and stands in the key.
"""
