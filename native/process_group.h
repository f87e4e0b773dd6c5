// What the files of the process groups share: the backends this libtorch has, and a collective under way.
#pragma once
#include "bridge.h"

#if defined(USE_C10D_GLOO) && !__has_include(<gloo/algorithm.h>)
#undef USE_C10D_GLOO  // a libtorch with gloo inside but without gloo's headers
#endif
#if defined(USE_C10D_NCCL) && (!defined(USE_C10D_GLOO) || !__has_include(<nccl.h>) || !__has_include(<cuda_runtime.h>))
#undef USE_C10D_NCCL  // NCCL carries gradients only; what the ranks say to each other goes over gloo
#endif

#ifdef USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#endif

#define GUARDED(failure, ...) try { __VA_ARGS__ } catch (...) { fail(); return failure; }
#ifdef USE_C10D_GLOO
#define WITH_GLOO(failure, ...) park_if_leaving(); GUARDED(failure, __VA_ARGS__)
#else
#define WITH_GLOO(failure, ...) \
  fail_with("this libtorch was built without gloo, so processes cannot work together; use a libtorch with gloo, or train in one process"); \
  return failure;
#endif

#ifdef USE_C10D_GLOO
namespace collimate {

// libtorch 2 split what talks to the network (Backend) from what picks the backend (ProcessGroup).
#if TORCH_VERSION_MAJOR >= 2
using Group = c10d::Backend;
#else
using Group = c10d::ProcessGroup;
#endif
using GroupHandle = c10::intrusive_ptr<Group>;

inline Group& group_of(void* handle) { return **static_cast<GroupHandle*>(handle); }

// A collective under way. The future's callback wakes the waiter; Work::wait itself cannot be left without breaking the group.
struct Pending {
  struct Signal {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
  };

  c10::intrusive_ptr<c10d::Work> work;
  std::shared_ptr<Signal> signal = std::make_shared<Signal>();

  explicit Pending(c10::intrusive_ptr<c10d::Work> started) : work(std::move(started)) {
    work->getFuture()->addCallback([signal = signal](c10::ivalue::Future&) {
      std::lock_guard<std::mutex> lock(signal->mutex);
      signal->done = true;
      signal->changed.notify_all();
    });
  }
};

inline c10::intrusive_ptr<c10d::Work> start_sum(Group& group, const at::Tensor& tensor) {
  std::vector<at::Tensor> tensors{tensor};
  c10d::AllreduceOptions options;
  options.reduceOp = c10d::ReduceOp::SUM;
  return group.allreduce(tensors, options);
}

}  // namespace collimate
#endif
