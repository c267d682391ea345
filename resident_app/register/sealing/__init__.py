"""Seal an edition: two CSV files become one sealed file, on one trusted machine or on several.

    roster.csv ──────┐
                     ├─ index ─► work database ─ reconcile ─► chunks ─ seal ─► edition file
    disclosures.csv ─┘              ▲    │                      │  ▲    │
           │                        │    └─► FILE.rejects.csv   │  │    │
           │                        └───────────────────────────┘  │    │
           └── rows are read again by byte offset ─────────────────┴────┘

`index`      reads both files once and stores each row as keyed hashes and a byte offset.
`reconcile`  rejects and merges rows that only make sense together, in SQL; then it divides the
             cards into chunks and opens the job.
`seal`       claims chunks under a lease, on any thread of any machine; reads their rows again;
             stores 288 bytes a card (a label and an envelope).
`run`        `seal_edition` runs all of it and writes the edition, sorted by label;
             `join_sealing` lets another machine seal chunks of the same job.

The work database is a SQLite file beside the output, or a PostgreSQL server that the machines
share. It holds one row a job, and for each job: cards and disclosures (16-byte keyed hashes, byte
offsets), people whose disclosures are uncertain, rejects (place and reason, never the row), and
chunks (encrypted once they are sealed). It is emptied when the edition is written.

Each step commits before the next begins, and sealing a card again gives the same bytes. So a run
that was killed anywhere continues when `seal_edition` is called again with the same plan.
"""
