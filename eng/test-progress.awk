# Turns the test runner's line per test into plain progress: every hundredth test, and failures in full.
/^  (Passed|Failed|Skipped) / { done++; failing = 0; if (done % 100 == 0) { printf "  %d tests done\n", done; fflush() } }
/^  Failed / { failing = 1 }
/^Results File:|^Test Run |^Total tests:/ { failing = 0 }
/^The active test run was aborted/ { crash = 12 } # the first lines of a crash hold the test's name
crash > 0 { crash--; print "  " substr($0, 1, 200); fflush(); next }
/error :/ { print "  " $0; fflush(); next }
/^\[xUnit/ { next }
failing { print; fflush() }
END { printf "  %d tests done\n", done }
