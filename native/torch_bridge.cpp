// The C ABI through which .NET reaches libtorch: every ATen operator by one boxed call, and what operators cannot say.
#include "bridge.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Logging.h>
#include <c10/util/intrusive_ptr.h>
#include <dlfcn.h>
#include <malloc.h>
#include <torch/cuda.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <sstream>
#include <vector>

using namespace collimate;

namespace {

thread_local std::string last_error;
thread_local void* managed_error = nullptr;
std::atomic<bool> leaving{false};

enum Tag : int32_t { Default = 0, None, TensorTag, Int, Double, Bool, Ints, Doubles, Bools, Tensors, OptionalTensors, String, DeviceTag, GeneratorTag };

// One tagged argument or result, 16 bytes, the same on both sides of the ABI.
struct Argument {
  int32_t tag;
  int32_t count;
  union { int64_t integer; double number; void* pointer; };
};
static_assert(sizeof(Argument) == 16, "the managed side relies on this size");

// What the schema wants where a plain number is given; the dispatcher itself never coerces.
enum class Wants : uint8_t { AsGiven, Double, Bool, Ints, Doubles };

struct BoundOperator {
  c10::OperatorHandle handle;
  std::vector<Wants> wants;
  std::vector<optional<c10::IValue>> defaults;  // by argument; none where it must be given
  std::string schema;
};

c10::TypePtr without_optional(c10::TypePtr type) {
  if (auto inner = type->cast<c10::OptionalType>()) return inner->getElementType();
  return type;
}

Wants wanted(const c10::Argument& argument) {
  auto type = without_optional(argument.type());
  switch (type->kind()) {
    case c10::TypeKind::FloatType: return Wants::Double;
    case c10::TypeKind::BoolType: return Wants::Bool;
    case c10::TypeKind::ListType: {
      auto element = type->expectRef<c10::ListType>().getElementType()->kind();
      if (element == c10::TypeKind::IntType) return Wants::Ints;
      if (element == c10::TypeKind::FloatType) return Wants::Doubles;
      return Wants::AsGiven;
    }
    default: return Wants::AsGiven;
  }
}

optional<c10::IValue> default_of(const c10::Argument& argument) {
  if (argument.default_value()) return *argument.default_value();
  if (argument.type()->kind() == c10::TypeKind::OptionalType) return c10::IValue();
  return {};
}

void push_default(torch::jit::Stack& stack, const BoundOperator& op, size_t k) {
  if (op.defaults[k]) { stack.push_back(*op.defaults[k]); return; }
  auto& argument = op.handle.schema().arguments()[k];
  TORCH_CHECK(false, "missing argument '", argument.name(), "' of type ", argument.type()->str());
}

void push_integer(torch::jit::Stack& stack, int64_t value, Wants wants) {
  switch (wants) {
    case Wants::Double: stack.emplace_back(static_cast<double>(value)); break;
    case Wants::Bool: stack.emplace_back(value != 0); break;
    case Wants::Ints: stack.emplace_back(c10::List<int64_t>({value})); break;
    case Wants::Doubles: stack.emplace_back(std::vector<double>{static_cast<double>(value)}); break;
    default: stack.emplace_back(value);
  }
}

void push(torch::jit::Stack& stack, const Argument& a, const BoundOperator& op, size_t k) {
  switch (a.tag) {
    case Default: push_default(stack, op, k); break;
    case None: stack.emplace_back(); break;
    case TensorTag: stack.emplace_back(borrow(a.pointer)); break;
    case Int: push_integer(stack, a.integer, op.wants[k]); break;
    case Double: stack.emplace_back(a.number); break;
    case Bool: stack.emplace_back(a.integer != 0); break;
    case Ints: {
      auto values = static_cast<const int64_t*>(a.pointer);
      if (op.wants[k] == Wants::Doubles) { stack.emplace_back(std::vector<double>(values, values + a.count)); break; }
      c10::List<int64_t> list;
      list.reserve(a.count);
      for (int32_t i = 0; i < a.count; i++) list.push_back(values[i]);
      stack.emplace_back(std::move(list));
      break;
    }
    case Doubles: stack.emplace_back(std::vector<double>(static_cast<double*>(a.pointer), static_cast<double*>(a.pointer) + a.count)); break;
    case Bools: {
      c10::List<bool> list;
      for (int32_t i = 0; i < a.count; i++) list.push_back(static_cast<const uint8_t*>(a.pointer)[i] != 0);
      stack.emplace_back(std::move(list));
      break;
    }
    case Tensors: {
      c10::List<at::Tensor> list;
      list.reserve(a.count);
      for (int32_t i = 0; i < a.count; i++) list.push_back(borrow(static_cast<void**>(a.pointer)[i]));
      stack.emplace_back(std::move(list));
      break;
    }
    case OptionalTensors: {
      c10::List<optional<at::Tensor>> list;
      for (int32_t i = 0; i < a.count; i++) {
        void* handle = static_cast<void**>(a.pointer)[i];
        list.push_back(handle ? optional<at::Tensor>(borrow(handle)) : optional<at::Tensor>());
      }
      stack.emplace_back(std::move(list));
      break;
    }
    case String: stack.emplace_back(std::string(static_cast<const char*>(a.pointer), a.count)); break;
    case DeviceTag: {
      const auto type = static_cast<c10::DeviceType>(a.integer >> 32);
      // There is one main memory, and its tensors carry no number: asked for "cpu:0", libtorch would copy what is there already.
      stack.emplace_back(c10::Device(type, type == c10::kCPU ? c10::DeviceIndex(-1) : static_cast<c10::DeviceIndex>(static_cast<int32_t>(a.integer))));
      break;
    }
    case GeneratorTag: stack.emplace_back(*static_cast<at::Generator*>(a.pointer)); break;
    default: TORCH_CHECK(false, "unknown argument tag ", a.tag);
  }
}

void set_tensor(Argument& result, at::Tensor&& tensor) {
  result.count = 0;
  result.pointer = give(std::move(tensor));
  result.tag = result.pointer ? TensorTag : None;
}

int pop_results(torch::jit::Stack& stack, Argument* results, int capacity) {
  size_t needed = 0;
  for (auto& value : stack) needed += value.isTensorList() ? 1 + value.toTensorList().size() : 1;
  TORCH_CHECK(needed <= static_cast<size_t>(capacity), "the operator returned ", needed, " values where room was made for ", capacity);
  int n = 0;
  for (auto& value : stack) {
    auto& result = results[n];
    if (value.isTensor()) { set_tensor(result, std::move(value).toTensor()); n++; }
    else if (value.isTensorList()) {
      auto list = value.toTensorVector();
      result.tag = Tensors;
      result.count = static_cast<int32_t>(list.size());
      n++;
      for (auto& tensor : list) set_tensor(results[n++], std::move(tensor));
    }
    else if (value.isInt()) { result = {Int, 0, {value.toInt()}}; n++; }
    else if (value.isDouble()) { result.tag = Double; result.number = value.toDouble(); n++; }
    else if (value.isBool()) { result = {Bool, 0, {value.toBool()}}; n++; }
    else if (value.isNone()) { result = {None, 0, {0}}; n++; }
    else if (value.isSymInt()) { result = {Int, 0, {value.toSymInt().expect_int()}}; n++; }
    else TORCH_CHECK(false, "the operator returned a value of kind ", value.tagKind(), ", which has no place here");
  }
  return n;
}

// The interpreter stack is reused, so that the steady state allocates nothing; a nested call (from a backward callback) gets its own.
thread_local torch::jit::Stack shared_stack;
thread_local bool shared_stack_taken = false;

class StackLease {
 public:
  StackLease() : shared_(!shared_stack_taken), stack_(shared_ ? shared_stack : own_) {
    if (shared_) shared_stack_taken = true;
    stack_.clear();
  }
  ~StackLease() {
    stack_.clear();
    if (shared_) shared_stack_taken = false;
  }
  torch::jit::Stack& get() { return stack_; }

 private:
  torch::jit::Stack own_;
  bool shared_;
  torch::jit::Stack& stack_;
};

// This library's constructor runs after libtorch's, so its exit handler runs before libtorch's destructors.
__attribute__((constructor)) void at_load() {
  std::atexit([] { leaving.store(true); });
  // Without this, libtorch resolves a symbolised backtrace for every error, at about two milliseconds each.
  c10::SetStackTraceFetcher([]() -> std::string { return std::string(); });
  // Training frees and takes the same large blocks each step: giving them back to the kernel in between costs 4 to 6 %.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

std::string shortened(std::string text) {
  // "no kernel for this backend" lists every backend there is; the first sentence says all.
  auto cut = text.find(". If you are a Facebook");
  return cut == std::string::npos ? text : text.substr(0, cut + 1);
}

}  // namespace

namespace collimate {

// Shared with autograd.cpp: a C# callback that failed is carried through the engine as this exception.
struct ManagedError : std::exception {
  void* handle;
  explicit ManagedError(void* h) : handle(h) {}
  const char* what() const noexcept override { return "a managed callback failed"; }
};
[[noreturn]] void throw_managed(void* handle) { throw ManagedError(handle); }

int fail() noexcept {
  try {
    throw;
  } catch (const ManagedError& e) {
    managed_error = e.handle;
    last_error = e.what();
    return kManagedError;
  } catch (const c10::Error& e) {
    last_error = shortened(e.what_without_backtrace());
  } catch (const std::exception& e) {
    last_error = e.what();
  } catch (...) {
    last_error = "an unknown C++ exception";
  }
  return kLibtorchError;
}

int fail_with(std::string message) noexcept {
  last_error = std::move(message);
  return kLibtorchError;
}

bool is_leaving() noexcept { return leaving.load(std::memory_order_relaxed); }

void park_if_leaving() noexcept {
  if (__builtin_expect(is_leaving(), 0)) for (;;) pause();
}

}  // namespace collimate

#define GUARDED(failure, ...) try { __VA_ARGS__ } catch (...) { fail(); return failure; }

extern "C" {

int32_t ct_abi_version() { return 1; }
const char* ct_torch_version() { return TORCH_VERSION; }
const char* ct_last_error() { return last_error.c_str(); }
void* ct_take_managed_error() { void* handle = managed_error; managed_error = nullptr; return handle; }

// --- operators ---------------------------------------------------------------------------------------------------

void* ct_operator_find(const char* name, const char* overload) {
  GUARDED(nullptr,
    auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    if (!handle) { fail_with(std::string("this libtorch has no operator ") + name + (*overload ? "." : "") + overload); return nullptr; }
    auto op = new BoundOperator{*handle, {}, {}, {}};
    for (auto& argument : handle->schema().arguments()) { op->wants.push_back(wanted(argument)); op->defaults.push_back(default_of(argument)); }
    std::ostringstream text;
    text << handle->schema();
    op->schema = text.str();
    return op;)
}

const char* ct_operator_schema(void* op) { return static_cast<BoundOperator*>(op)->schema.c_str(); }

int32_t ct_operator_call(void* handle, const Argument* arguments, int32_t count, Argument* results, int32_t capacity) {
  park_if_leaving();
  try {
    auto& op = *static_cast<BoundOperator*>(handle);
    size_t wanted = op.wants.size();
    TORCH_CHECK(static_cast<size_t>(count) <= wanted, count, " arguments given, the operator takes ", wanted);
    StackLease lease;
    auto& stack = lease.get();
    stack.reserve(wanted);
    for (int32_t k = 0; k < count; k++) push(stack, arguments[k], op, k);
    for (size_t k = count; k < wanted; k++) push_default(stack, op, k);
    op.handle.callBoxed(stack);
    return pop_results(stack, results, capacity);
  } catch (...) {
    return fail();
  }
}

// --- tensors -----------------------------------------------------------------------------------------------------

void ct_tensor_release(void* tensor) {
  if (!is_leaving()) c10::raw::intrusive_ptr::decref(static_cast<c10::TensorImpl*>(tensor));
}
void ct_tensor_release_many(void** tensors, int32_t count) {
  if (is_leaving()) return;
  for (int32_t k = 0; k < count; k++) c10::raw::intrusive_ptr::decref(static_cast<c10::TensorImpl*>(tensors[k]));
}
void* ct_tensor_retain(void* tensor) { c10::raw::intrusive_ptr::incref(static_cast<c10::TensorImpl*>(tensor)); return tensor; }
int64_t ct_tensor_use_count(void* tensor) { return c10::raw::intrusive_ptr::use_count(static_cast<c10::TensorImpl*>(tensor)); }
int32_t ct_tensor_rank(void* tensor) { return static_cast<int32_t>(borrow(tensor).dim()); }
int64_t ct_tensor_element_count(void* tensor) { return borrow(tensor).numel(); }
void ct_tensor_sizes(void* tensor, int64_t* out) { for (auto s : borrow(tensor).sizes()) *out++ = s; }
void ct_tensor_strides(void* tensor, int64_t* out) { for (auto s : borrow(tensor).strides()) *out++ = s; }
int32_t ct_tensor_type(void* tensor) { return static_cast<int32_t>(borrow(tensor).scalar_type()); }
int64_t ct_tensor_device(void* tensor) {
  auto device = borrow(tensor).device();
  return (static_cast<int64_t>(device.type()) << 32) | static_cast<uint32_t>(device.index() < 0 ? 0 : device.index());
}
void* ct_tensor_data(void* tensor) { GUARDED(nullptr, return borrow(tensor).data_ptr();) }
int32_t ct_tensor_is_contiguous(void* tensor) { return borrow(tensor).is_contiguous(); }
int32_t ct_tensor_requires_grad(void* tensor) { return borrow(tensor).requires_grad(); }
int32_t ct_tensor_is_leaf(void* tensor) { return borrow(tensor).is_leaf(); }
int32_t ct_tensor_set_requires_grad(void* tensor, int32_t on) { GUARDED(kLibtorchError, borrow(tensor).set_requires_grad(on != 0); return 0;) }
int32_t ct_tensor_version(void* tensor) { GUARDED(kLibtorchError, return static_cast<int32_t>(borrow(tensor)._version());) }
void* ct_tensor_grad(void* tensor) { GUARDED(nullptr, at::Tensor grad = borrow(tensor).grad(); return give(std::move(grad));) }
int32_t ct_tensor_set_grad(void* tensor, void* grad) {
  GUARDED(kLibtorchError, at::Tensor t = borrow(tensor); t.mutable_grad() = grad ? at::Tensor(borrow(grad)) : at::Tensor(); return 0;)
}
int32_t ct_tensor_item_double(void* tensor, double* out) { try { *out = borrow(tensor).item<double>(); return 0; } catch (...) { return fail(); } }
int32_t ct_tensor_item_int64(void* tensor, int64_t* out) { try { *out = borrow(tensor).item<int64_t>(); return 0; } catch (...) { return fail(); } }

void* ct_tensor_copy_of(const void* data, const int64_t* sizes, int32_t rank, int32_t type) {
  GUARDED(nullptr,
    auto tensor = at::empty(at::IntArrayRef(sizes, rank), at::TensorOptions().dtype(static_cast<at::ScalarType>(type)));
    if (tensor.numel() > 0) std::memcpy(tensor.data_ptr(), data, tensor.nbytes());
    return give(std::move(tensor));)
}

// A tensor on memory that somebody else owns; `release(state)` is called once, on any thread, when its last view has died.
void* ct_tensor_on_memory(void* data, const int64_t* sizes, int32_t rank, int32_t type, void (*release)(void*), void* state) {
  GUARDED(nullptr,
    auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(type));
    return give(at::from_blob(data, at::IntArrayRef(sizes, rank), [release, state](void*) { release(state); }, options));)
}

// --- modes, threads, randomness ----------------------------------------------------------------------------------

int32_t ct_grad_mode(int32_t on) {
  int32_t before = c10::GradMode::is_enabled();
  if (on >= 0) c10::GradMode::set_enabled(on != 0);
  return before;
}
void* ct_inference_enter() { return new c10::InferenceMode(true); }
void ct_inference_leave(void* mode) { delete static_cast<c10::InferenceMode*>(mode); }

// The type that autocast narrows to on this thread; -1 where it is off.
static int32_t autocast_type(bool cuda) {
#ifdef COLLIMATE_STD_OPTIONAL
  auto kind = cuda ? at::kCUDA : at::kCPU;
  return at::autocast::is_autocast_enabled(kind) ? static_cast<int32_t>(at::autocast::get_autocast_dtype(kind)) : -1;
#else
  if (cuda) return at::autocast::is_enabled() ? static_cast<int32_t>(at::autocast::get_autocast_gpu_dtype()) : -1;
  return at::autocast::is_cpu_enabled() ? static_cast<int32_t>(at::autocast::get_autocast_cpu_dtype()) : -1;
#endif
}

static void set_autocast(bool cuda, int32_t type) {
  auto dtype = static_cast<at::ScalarType>(type);
#ifdef COLLIMATE_STD_OPTIONAL
  auto kind = cuda ? at::kCUDA : at::kCPU;
  if (type >= 0) at::autocast::set_autocast_dtype(kind, dtype);
  at::autocast::set_autocast_enabled(kind, type >= 0);
#else
  if (cuda) { if (type >= 0) at::autocast::set_autocast_gpu_dtype(dtype); at::autocast::set_enabled(type >= 0); }
  else { if (type >= 0) at::autocast::set_autocast_cpu_dtype(dtype); at::autocast::set_cpu_enabled(type >= 0); }
#endif
}

// Opens an autocast region and says what held before, or goes back to that. Weights cast inside are cached until the outermost region closes.
int32_t ct_autocast_enter(int32_t device, int32_t type, int32_t* before) {
  try {
    const bool cuda = device == static_cast<int32_t>(at::kCUDA);
    *before = autocast_type(cuda);
    set_autocast(cuda, type);
    at::autocast::increment_nesting();
    return 0;
  } catch (...) {
    return fail();
  }
}
int32_t ct_autocast_leave(int32_t device, int32_t before) {
  try {
    set_autocast(device == static_cast<int32_t>(at::kCUDA), before);
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    return 0;
  } catch (...) {
    return fail();
  }
}
int32_t ct_autocast_type(int32_t device) { return autocast_type(device == static_cast<int32_t>(at::kCUDA)); }

// Whether casts of weights are kept for further uses in the region; gives what held before.
int32_t ct_autocast_cache(int32_t on) {
  const bool before = at::autocast::is_autocast_cache_enabled();
  at::autocast::set_autocast_cache_enabled(on != 0);
  return before ? 1 : 0;
}

void ct_set_threads(int32_t count) { at::set_num_threads(count); }
int32_t ct_threads() { return at::get_num_threads(); }

// OpenBLAS keeps a pool of its own; where another BLAS is linked this says so by returning -1.
int32_t ct_set_blas_threads(int32_t count) {
  void* library = dlopen("libopenblas.so.0", RTLD_NOLOAD | RTLD_LAZY);
  if (!library) library = dlopen("libblas.so.3", RTLD_NOLOAD | RTLD_LAZY);
  if (!library) return -1;
  auto set = reinterpret_cast<void (*)(int)>(dlsym(library, "openblas_set_num_threads"));
  if (!set) return -1;
  set(count);
  return 0;
}

int32_t ct_cuda_devices() { try { return torch::cuda::is_available() ? static_cast<int32_t>(torch::cuda::device_count()) : 0; } catch (...) { return 0; } }

static at::Generator default_generator(int64_t device) {
  return at::globalContext().defaultGenerator(c10::Device(static_cast<c10::DeviceType>(device >> 32), static_cast<c10::DeviceIndex>(static_cast<int32_t>(device))));
}
int32_t ct_seed(int64_t device, uint64_t seed) {
  GUARDED(kLibtorchError, auto g = default_generator(device); std::lock_guard<std::mutex> lock(g.mutex()); g.set_current_seed(seed); return 0;)
}
void* ct_default_generator(int64_t device) { GUARDED(nullptr, return new at::Generator(default_generator(device));) }
void* ct_generator_new(uint64_t seed) { GUARDED(nullptr, return new at::Generator(at::make_generator<at::CPUGeneratorImpl>(seed));) }
void ct_generator_release(void* generator) { delete static_cast<at::Generator*>(generator); }
void* ct_generator_state(void* generator) {
  GUARDED(nullptr, auto& g = *static_cast<at::Generator*>(generator); std::lock_guard<std::mutex> lock(g.mutex()); return give(g.get_state());)
}
int32_t ct_generator_set_state(void* generator, void* state) {
  GUARDED(kLibtorchError, auto& g = *static_cast<at::Generator*>(generator); std::lock_guard<std::mutex> lock(g.mutex()); g.set_state(borrow(state)); return 0;)
}

}  // extern "C"
