// What the files of the engine binding share: the tagged argument, the handle convention and the error convention.
//
// A tensor handle is an owned TensorImpl*: whoever receives one releases it exactly once.
// Every function returns null or a negative number on failure; the message then waits in ct_last_error().
#pragma once
#include <ATen/ATen.h>
#include <torch/version.h>
#include <string>

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
#define COLLIMATE_STD_OPTIONAL 1
#endif

namespace collimate {

#ifdef COLLIMATE_STD_OPTIONAL
template <class T> using optional = std::optional<T>;
#else
template <class T> using optional = c10::optional<T>;
#endif

constexpr int kLibtorchError = -1;  // the message is libtorch's
constexpr int kManagedError = -2;   // a C# callback failed; ct_take_managed_error() holds its exception

// Call inside catch (...): keeps the message of the exception in flight for this thread and returns its code.
int fail() noexcept;
// Keeps a message of our own for this thread.
int fail_with(std::string message) noexcept;

// True once the process is leaving; libtorch's own destructors may then run at any moment.
bool is_leaving() noexcept;
// Blocks a thread that still calls in while the process is leaving.
void park_if_leaving() noexcept;

// A borrowed view of a handle: at::Tensor is one pointer, so this costs nothing and touches no count.
inline const at::Tensor& borrow(void* const& handle) {
  static_assert(sizeof(at::Tensor) == sizeof(void*), "at::Tensor is expected to be one pointer");
  return *reinterpret_cast<const at::Tensor*>(&handle);
}

// Gives a tensor away as a handle; null when it is undefined.
inline void* give(at::Tensor&& tensor) {
  return tensor.defined() ? static_cast<void*>(tensor.unsafeReleaseTensorImpl()) : nullptr;
}

}  // namespace collimate
