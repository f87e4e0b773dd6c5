// Counts the memory that tensors of a thread take: libtorch's allocators report every block they hand out and take back.
#include "bridge.h"

#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <algorithm>
#include <atomic>
#include <memory>

using namespace collimate;

namespace {

// The type of the totals has changed between versions of libtorch.
template <class T> T total_of(void (c10::MemoryReportingInfoBase::*)(void*, int64_t, T, T, c10::Device));
using Total = decltype(total_of(&c10::MemoryReportingInfoBase::reportMemoryUsage));

// The backward pass of a graph reports here from whatever thread it runs on.
struct Count : c10::MemoryReportingInfoBase {
  std::atomic<int64_t> held{0}, most{0};

  void reportMemoryUsage(void*, int64_t size, Total, Total, c10::Device) override {
    const int64_t now = held.fetch_add(size) + size;
    for (int64_t before = most.load(); now > before && !most.compare_exchange_weak(before, now);) {}
  }

  bool memoryProfilingEnabled() const override { return true; }
};

struct Watch {
  std::shared_ptr<Count> count = std::make_shared<Count>();
  c10::DebugInfoGuard guard{c10::DebugInfoKind::PROFILER_STATE, count};
};

}  // namespace

extern "C" {

// Begins to count for this thread, from 0; ended on the same thread, the last one begun first.
void* ct_memory_count_begin() {
  try {
    return new Watch();
  } catch (...) {
    fail();
    return nullptr;
  }
}

// What is held more than at the beginning, and the most that has been; setting back makes the present amount the most.
void ct_memory_count_read(void* watch, int64_t* held, int64_t* most, int32_t set_back) {
  auto& count = *static_cast<Watch*>(watch)->count;
  *held = count.held.load();
  *most = count.most.load();
  if (set_back) count.most.store(*held);
}

void ct_memory_count_end(void* watch) { delete static_cast<Watch*>(watch); }

}  // extern "C"
