// Several processes as one group: the key-value stores through which they meet, and gloo's collectives between them.
//
// A collective returns at once with a work handle; cg_work_wait waits for it in slices, so that the caller can give up in between.
// Gloo ends a process whose peer sends a message of another size. So the managed side lets all ranks agree before each collective;
// nothing here may be called without that.
#include "bridge.h"

#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#if defined(USE_C10D_GLOO) && !__has_include(<gloo/algorithm.h>)
#undef USE_C10D_GLOO  // a libtorch with gloo inside but without gloo's headers
#endif
#ifdef USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

using namespace collimate;

namespace {

// A store is shared by its handle and by the group that was made on it.
using StoreHandle = c10::intrusive_ptr<c10d::Store>;

StoreHandle& store_of(void* handle) { return *static_cast<StoreHandle*>(handle); }

#ifdef USE_C10D_GLOO

// libtorch 2 split what talks to the network (Backend) from what picks the backend (ProcessGroup).
#if TORCH_VERSION_MAJOR >= 2
using Group = c10d::Backend;
#else
using Group = c10d::ProcessGroup;
#endif
using GroupHandle = c10::intrusive_ptr<Group>;

Group& group_of(void* handle) { return **static_cast<GroupHandle*>(handle); }

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

// Gloo moves only some element types, but where nothing is computed bytes are bytes. The view keeps the tensor alive.
at::Tensor bytes_of(const at::Tensor& tensor) {
  TORCH_CHECK(tensor.device().is_cpu() && tensor.is_contiguous(), "collectives take contiguous tensors in main memory");
  return at::from_blob(tensor.data_ptr(), {static_cast<int64_t>(tensor.nbytes())}, [tensor](void*) {}, at::TensorOptions().dtype(at::kByte));
}

#endif

}  // namespace

#define GUARDED(failure, ...) try { __VA_ARGS__ } catch (...) { fail(); return failure; }
#ifdef USE_C10D_GLOO
#define WITH_GLOO(failure, ...) park_if_leaving(); GUARDED(failure, __VA_ARGS__)
#else
#define WITH_GLOO(failure, ...) \
  fail_with("this libtorch was built without gloo, so processes cannot work together; use a libtorch with gloo, or train in one process"); \
  return failure;
#endif

extern "C" {

int32_t cg_has_gloo() {
#ifdef USE_C10D_GLOO
  return 1;
#else
  return 0;
#endif
}

// --- stores ------------------------------------------------------------------------------------------------------

// The server's side may ask for port 0, which takes any free one; cg_store_port tells which. Nobody waits here for other ranks.
void* cg_store_tcp(const char* host, int32_t port, int32_t is_server, int64_t timeout_ms) {
  GUARDED(nullptr,
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(port);
    options.isServer = is_server != 0;
    options.waitWorkers = false;
    options.timeout = std::chrono::milliseconds(timeout_ms);
    return new StoreHandle(c10::make_intrusive<c10d::TCPStore>(host, options));)
}

int32_t cg_store_port(void* store) {
  GUARDED(kLibtorchError,
    auto tcp = dynamic_cast<c10d::TCPStore*>(store_of(store).get());
    return tcp ? static_cast<int32_t>(tcp->getPort()) : 0;)
}

void* cg_store_file(const char* path, int32_t world_size, int64_t timeout_ms) {
  GUARDED(nullptr,
    auto store = c10::make_intrusive<c10d::FileStore>(path, world_size);
    store->setTimeout(std::chrono::milliseconds(timeout_ms));
    return new StoreHandle(std::move(store));)
}

// Notes that a key is there; the stores serve here for roll calls only, so every value is the same.
int32_t cg_store_mark(void* store, const char* key) {
  park_if_leaving();
  GUARDED(kLibtorchError, store_of(store)->set(key, std::vector<uint8_t>{1}); return 0;)
}

// 1 where the key is there, 0 where it is not; never waits.
int32_t cg_store_check(void* store, const char* key) {
  park_if_leaving();
  GUARDED(kLibtorchError, return store_of(store)->check({key}) ? 1 : 0;)
}

void cg_store_release(void* store) {
  if (!is_leaving()) delete static_cast<StoreHandle*>(store);
}

// --- groups ------------------------------------------------------------------------------------------------------

// Connects to every other rank; blocks until all are there or the time is over. `host` is this rank's own address for its peers,
// empty for what the host's name resolves to.
void* cg_group_gloo(void* store, int32_t rank, int32_t world_size, const char* host, int64_t timeout_ms) {
  WITH_GLOO(nullptr,
    auto options = c10d::ProcessGroupGloo::Options::create(std::chrono::milliseconds(timeout_ms));
    options->threads = 1;  // collectives are started one at a time
    options->devices.push_back(*host ? c10d::ProcessGroupGloo::createDeviceForHostname(host) : c10d::ProcessGroupGloo::createDefaultDevice());
    return new GroupHandle(c10::make_intrusive<c10d::ProcessGroupGloo>(store_of(store), rank, world_size, options));)
}

// Closes the connections. Blocks until work under way has ended, which the group's own time limit bounds.
void cg_group_release(void* group) {
#ifdef USE_C10D_GLOO
  if (!is_leaving()) delete static_cast<GroupHandle*>(group);
#endif
}

// Sums in place.
void* cg_all_reduce_sum(void* group, void* tensor) {
  WITH_GLOO(nullptr,
    std::vector<at::Tensor> tensors{borrow(tensor)};
    c10d::AllreduceOptions options;
    options.reduceOp = c10d::ReduceOp::SUM;
    return new Pending(group_of(group).allreduce(tensors, options));)
}

// Overwrites the tensor on every rank but the root.
void* cg_broadcast(void* group, void* tensor, int32_t root) {
  WITH_GLOO(nullptr,
    std::vector<at::Tensor> tensors{bytes_of(borrow(tensor))};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    return new Pending(group_of(group).broadcast(tensors, options));)
}

// Gathers one tensor from every rank, in the order of the ranks; `outputs` holds as many as there are ranks.
void* cg_all_gather(void* group, void** outputs, int32_t count, void* input) {
  WITH_GLOO(nullptr,
    std::vector<std::vector<at::Tensor>> gathered(1);
    for (int32_t i = 0; i < count; i++) gathered[0].push_back(bytes_of(borrow(outputs[i])));
    std::vector<at::Tensor> inputs{bytes_of(borrow(input))};
    return new Pending(group_of(group).allgather(gathered, inputs));)
}

// --- work --------------------------------------------------------------------------------------------------------

// 1 when the work has ended well, 0 when it goes on after the given time (0 only asks), negative when it failed.
int32_t cg_work_wait(void* work, int64_t milliseconds) {
  WITH_GLOO(kLibtorchError,
    auto& pending = *static_cast<Pending*>(work);
    {
      std::unique_lock<std::mutex> lock(pending.signal->mutex);
      if (!pending.signal->changed.wait_for(lock, std::chrono::milliseconds(milliseconds), [&] { return pending.signal->done; })) return 0;
    }
    pending.work->wait();  // rethrows what went wrong; the work has ended, or ends within this instant
    return 1;)
}

// Lets go of the handle; work under way goes on and keeps its tensors.
void cg_work_release(void* work) {
#ifdef USE_C10D_GLOO
  if (!is_leaving()) delete static_cast<Pending*>(work);
#endif
}

}  // extern "C"
