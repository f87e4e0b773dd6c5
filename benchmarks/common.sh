# Shared by ./compare and ./quick: sets up, builds the benchmarks, and clears what would force slower BLAS kernels on one machine only.
# Sourced with $root set to the repository.
. "$root/eng/setup.sh"

prepare_benchmarks() {
  prepare
  build_managed benchmarks benchmarks/Collimate.Benchmarks/Collimate.Benchmarks.csproj src benchmarks/Collimate.Benchmarks
  unset OPENBLAS_CORETYPE OPENBLAS_NUM_THREADS OMP_NUM_THREADS OMP_WAIT_POLICY
  program="$root/artifacts/bin/Collimate.Benchmarks/release/Collimate.Benchmarks.dll"
}
