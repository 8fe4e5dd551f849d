"""The page of one trap: its levels along time, and how it stands now as a drawing."""
