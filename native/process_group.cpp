// Collective communication between processes: a store to meet at, a gloo group, and the collectives as pollable work.
//
// Nothing here blocks without end: joining and collectives take a time limit, and work is polled in slices, so that the
// managed side can honour cancellation. Errors follow bridge.h. A store outlives the groups made on it.
#include "bridge.h"

// TorchConfig.cmake does not say whether libtorch was built with gloo, and wheels come without gloo's headers.
#if defined(USE_C10D_GLOO) && !__has_include(<gloo/algorithm.h>)
#undef USE_C10D_GLOO
#endif

#if __has_include(<torch/csrc/distributed/c10d/TCPStore.hpp>)
#define COLLIMATE_C10D 1
#ifdef USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#if TORCH_VERSION_MAJOR >= 2
#include <torch/csrc/distributed/c10d/Backend.hpp>
#else
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#endif
#endif

#include <chrono>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

using namespace collimate;

#ifdef COLLIMATE_C10D

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

#if TORCH_VERSION_MAJOR >= 2
using Group = c10d::Backend;
#else
using Group = c10d::ProcessGroup;
#endif

template <class T>
c10::intrusive_ptr<T> shared(void* handle) {
  return c10::intrusive_ptr<T>::unsafe_reclaim_from_nonowning(static_cast<T*>(handle));
}

template <class T>
void release(void* handle) {
  // Once the process is leaving, libtorch's own state may be gone; the system reclaims the rest.
  if (handle && !is_leaving()) c10::intrusive_ptr<T>::reclaim(static_cast<T*>(handle));
}

void* guarded(const std::function<void*()>& body) {
  park_if_leaving();
  try {
    return body();
  } catch (...) {
    fail();
    return nullptr;
  }
}

int guarded_status(const std::function<int()>& body) {
  park_if_leaving();
  try {
    return body();
  } catch (...) {
    return fail();
  }
}

// The managed side's numbers; c10d's own have moved between versions.
c10d::ReduceOp reduction(int number) {
  switch (number) {
    case 0: return c10d::ReduceOp::SUM;
    case 1: return c10d::ReduceOp::PRODUCT;
    case 2: return c10d::ReduceOp::MIN;
    case 3: return c10d::ReduceOp::MAX;
    default: TORCH_CHECK(false, "unknown reduction ", number);
  }
}

}  // namespace

extern "C" {

// A store served over TCP by one process. Port 0 lets the server choose; cg_store_port tells which.
void* cg_store_tcp(const char* host, int port, int is_server, int world_size, int64_t timeout_ms) {
  return guarded([&]() -> void* {
    c10d::TCPStoreOptions options;
    options.port = static_cast<uint16_t>(port);
    options.isServer = is_server != 0;
    options.numWorkers = world_size;
    options.waitWorkers = false;  // its own wait returns without a word when somebody is missing
    options.timeout = milliseconds(timeout_ms);
    c10::intrusive_ptr<c10d::Store> store = c10::make_intrusive<c10d::TCPStore>(host, options);
    return store.release();
  });
}

// A store in a file on a disk that all processes share.
void* cg_store_file(const char* path, int world_size, int64_t timeout_ms) {
  return guarded([&]() -> void* {
    c10::intrusive_ptr<c10d::Store> store = c10::make_intrusive<c10d::FileStore>(path, world_size);
    store->setTimeout(milliseconds(timeout_ms));
    return store.release();
  });
}

int cg_store_port(void* store) {
  auto tcp = dynamic_cast<c10d::TCPStore*>(static_cast<c10d::Store*>(store));
  return tcp ? tcp->getPort() : fail_with("a file store has no port");
}

int cg_store_set(void* store, const char* key, const uint8_t* value, int length) {
  return guarded_status([&] {
    static_cast<c10d::Store*>(store)->set(key, std::vector<uint8_t>(value, value + length));
    return 0;
  });
}

// 1 when the key is there, 0 when not; never waits for it.
int cg_store_has(void* store, const char* key) {
  return guarded_status([&] { return static_cast<c10d::Store*>(store)->check({key}) ? 1 : 0; });
}

// The value's length, which may be more than what was copied.
int cg_store_get(void* store, const char* key, uint8_t* buffer, int capacity) {
  return guarded_status([&] {
    auto value = static_cast<c10d::Store*>(store)->get(key);
    std::memcpy(buffer, value.data(), std::min<size_t>(value.size(), capacity));
    return static_cast<int>(value.size());
  });
}

void cg_store_release(void* store) { release<c10d::Store>(store); }

int cg_has_gloo() {
#ifdef USE_C10D_GLOO
  return 1;
#else
  return 0;
#endif
}

// Connects to every peer; address is the one of this machine that peers reach, or empty to look the host's name up.
void* cg_group_gloo(void* store, int rank, int world_size, const char* address, int64_t timeout_ms) {
#ifdef USE_C10D_GLOO
  return guarded([&]() -> void* {
    auto options = c10d::ProcessGroupGloo::Options::create(milliseconds(timeout_ms));
    options->threads = 1;  // collectives run one after the other, as they were issued
    options->devices.push_back(
        *address ? c10d::ProcessGroupGloo::createDeviceForHostname(address) : c10d::ProcessGroupGloo::createDefaultDevice());
    c10::intrusive_ptr<Group> group = c10::make_intrusive<c10d::ProcessGroupGloo>(shared<c10d::Store>(store), rank, world_size, options);
    return group.release();
  });
#else
  (void)store, (void)rank, (void)world_size, (void)address, (void)timeout_ms;
  fail_with("this build of the engine library has no gloo");
  return nullptr;
#endif
}

// Waits for work in flight, so it may take up to the group's time limit.
void cg_group_release(void* group) { release<Group>(group); }

void* cg_all_reduce(void* group, void* tensor, int operation) {
  return guarded([&]() -> void* {
    std::vector<at::Tensor> tensors{borrow(tensor)};
    c10d::AllreduceOptions options;
    options.reduceOp = reduction(operation);
    return static_cast<Group*>(group)->allreduce(tensors, options).release();
  });
}

void* cg_broadcast(void* group, void* tensor, int root) {
  return guarded([&]() -> void* {
    std::vector<at::Tensor> tensors{borrow(tensor)};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    return static_cast<Group*>(group)->broadcast(tensors, options).release();
  });
}

void* cg_all_gather(void* group, void** outputs, int count, void* input) {
  return guarded([&]() -> void* {
    std::vector<std::vector<at::Tensor>> gathered(1);
    for (int k = 0; k < count; k++) gathered[0].push_back(borrow(outputs[k]));
    std::vector<at::Tensor> inputs{borrow(input)};
    return static_cast<Group*>(group)->allgather(gathered, inputs).release();
  });
}

void* cg_barrier(void* group) {
  return guarded([&]() -> void* { return static_cast<Group*>(group)->barrier().release(); });
}

// 1 when done, 0 when still running after the given patience, negative when it failed.
// c10d's own timed wait would tear the group down when the time is over, so this looks instead.
int cg_work_poll(void* work, int64_t patience_us) {
  return guarded_status([&] {
    auto running = static_cast<c10d::Work*>(work);
    const auto end = steady_clock::now() + microseconds(patience_us);
    auto pause = microseconds(5);
    while (!running->isCompleted()) {
      if (steady_clock::now() >= end) return 0;
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, microseconds(500));
    }
    running->wait();  // throws what went wrong, and on a GPU orders later work behind this
    return 1;
  });
}

void cg_work_release(void* work) { release<c10d::Work>(work); }

}  // extern "C"

#else  // a libtorch without c10d: every way in says so

namespace {
const char* const absent = "this libtorch was built without distributed support";
void* none() { fail_with(absent); return nullptr; }
}  // namespace

extern "C" {
void* cg_store_tcp(const char*, int, int, int, int64_t) { return none(); }
void* cg_store_file(const char*, int, int64_t) { return none(); }
int cg_store_port(void*) { return fail_with(absent); }
int cg_store_set(void*, const char*, const uint8_t*, int) { return fail_with(absent); }
int cg_store_has(void*, const char*) { return fail_with(absent); }
int cg_store_get(void*, const char*, uint8_t*, int) { return fail_with(absent); }
void cg_store_release(void*) {}
int cg_has_gloo() { return 0; }
void* cg_group_gloo(void*, int, int, const char*, int64_t) { return none(); }
void cg_group_release(void*) {}
void* cg_all_reduce(void*, void*, int) { return none(); }
void* cg_broadcast(void*, void*, int) { return none(); }
void* cg_all_gather(void*, void**, int, void*) { return none(); }
void* cg_barrier(void*) { return none(); }
int cg_work_poll(void*, int64_t) { return fail_with(absent); }
void cg_work_release(void*) {}
}

#endif
