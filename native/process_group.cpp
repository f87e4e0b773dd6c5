// Several processes as one group: the key-value stores through which they meet, and gloo's collectives between them.
//
// A collective returns at once with a work handle; cg_work_wait waits for it in slices, so that the caller can give up in between.
// Gloo ends a process whose peer sends a message of another size. So the managed side lets all ranks agree before each collective;
// nothing here may be called without that.
#include "process_group.h"

#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef USE_C10D_NCCL
#include <c10/cuda/CUDAGuard.h>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <chrono>
#include <cstring>
#include <string>
#include <vector>

using namespace collimate;

namespace {

// A store is shared by its handle and by the group that was made on it.
using StoreHandle = c10::intrusive_ptr<c10d::Store>;

StoreHandle& store_of(void* handle) { return *static_cast<StoreHandle*>(handle); }

#ifdef USE_C10D_GLOO

// Gloo moves only some element types, but where nothing is computed bytes are bytes. The view keeps the tensor alive.
at::Tensor bytes_of(const at::Tensor& tensor) {
  TORCH_CHECK(tensor.device().is_cpu() && tensor.is_contiguous(), "collectives take contiguous tensors in main memory");
  return at::from_blob(tensor.data_ptr(), {static_cast<int64_t>(tensor.nbytes())}, [tensor](void*) {}, at::TensorOptions().dtype(at::kByte));
}

#endif

}  // namespace

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

// A part of a store in which keys cannot meet those of others. Takes nothing over: both handles are released.
void* cg_store_prefix(void* store, const char* prefix) {
  GUARDED(nullptr, return new StoreHandle(c10::make_intrusive<c10d::PrefixStore>(prefix, store_of(store)));)
}

// Notes a text under a key. It is never empty, as libtorch's stores do not agree on what that means.
int32_t cg_store_set(void* store, const char* key, const char* text) {
  park_if_leaving();
  GUARDED(kLibtorchError, store_of(store)->set(key, std::vector<uint8_t>(text, text + std::strlen(text))); return 0;)
}

// The bytes noted under a key: how many there are, of which as many as fit are copied; 0 where the key is not there. Never waits.
int32_t cg_store_get(void* store, const char* key, char* text, int32_t most) {
  park_if_leaving();
  GUARDED(kLibtorchError,
    if (!store_of(store)->check({key})) return 0;
    auto bytes = store_of(store)->get(key);
    std::memcpy(text, bytes.data(), std::min<size_t>(bytes.size(), most));
    return static_cast<int32_t>(bytes.size());)
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

int32_t cg_has_nccl() {
#ifdef USE_C10D_NCCL
  return 1;
#else
  return 0;
#endif
}

// A second group between the same ranks for what lies on their GPUs; each rank has the GPU of the given number to itself.
void* cg_group_nccl(void* store, int32_t rank, int32_t world_size, int32_t device, int64_t timeout_ms) {
#ifdef USE_C10D_NCCL
  WITH_GLOO(nullptr,
    c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = std::chrono::milliseconds(timeout_ms);
    return new GroupHandle(c10::make_intrusive<c10d::ProcessGroupNCCL>(c10::make_intrusive<c10d::PrefixStore>("nccl", store_of(store)), rank, world_size, options));)
#else
  fail_with("this libtorch was built without NCCL");
  return nullptr;
#endif
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
    return new Pending(start_sum(group_of(group), borrow(tensor)));)
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
