# Turns the test runner's line per test into plain progress: every hundredth test, and failures in full.
/^  (Passed|Failed|Skipped) / { done++; failing = 0; if (done % 100 == 0) { printf "  %d tests done\n", done; fflush() } }
/^  Failed / { failing = 1 }
/^Results File:|^Test Run |^Total tests:/ { failing = 0 }
/^The active test run was aborted|^Test host process crashed|[Uu]nhandled exception|^Error |error :/ { print "  " $0; fflush(); next }
/^\[xUnit/ { next }
failing { print; fflush() }
END { printf "  %d tests done\n", done }
