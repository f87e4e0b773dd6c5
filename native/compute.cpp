// Chooses, when first asked, the fastest arithmetic that this processor can run.
#include "compute.h"

#include <cstdlib>
#include <cstring>

namespace collimate {

extern const Compute compute_baseline;
#ifdef __x86_64__
extern const Compute compute_x86_v3;
extern const Compute compute_x86_v4;
#endif

namespace {
const Compute& choose() {
  const char* wanted = std::getenv("COLLIMATE_COMPUTE");
#ifdef __x86_64__
  auto acceptable = [wanted](const Compute& table) { return wanted == nullptr || std::strcmp(wanted, table.name) == 0; };
  __builtin_cpu_init();
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
  if (v4 && acceptable(compute_x86_v4)) return compute_x86_v4;
  if (v3 && acceptable(compute_x86_v3)) return compute_x86_v3;
#endif
  return compute_baseline;
}
}  // namespace

const Compute& compute() {
  static const Compute& table = choose();
  return table;
}

}  // namespace collimate
