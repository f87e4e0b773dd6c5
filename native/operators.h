// What the files that register fused operators share: types, pointers and threads.
#pragma once
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <initializer_list>

#include "bridge.h"
#include "compute.h"

namespace collimate {

using Variables = torch::autograd::variable_list;
using Context = torch::autograd::AutogradContext;

// Whether the arithmetic of compute.h can take these tensors; all others go operator by operator.
inline bool is_native(std::initializer_list<at::Tensor> tensors) {
  for (auto& t : tensors)
    if (t.defined() && !(t.device().is_cpu() && (t.scalar_type() == at::kFloat || t.scalar_type() == at::kBFloat16) && t.layout() == at::kStrided)) return false;
  return true;
}

inline Numbers numbers(const at::Tensor& t) {
  if (!t.defined()) return {};
  return {t.data_ptr(), t.scalar_type() == at::kBFloat16 ? Number::BFloat : t.scalar_type() == at::kHalf ? Number::Half : Number::Float};
}

inline bool is_half(at::ScalarType type) { return type == at::kHalf || type == at::kBFloat16; }

// Small vectors (weights, angles) in the one type that the arithmetic takes them in.
inline at::Tensor single(const at::Tensor& t) { return t.to(at::kFloat).contiguous(); }

// The type that matrix products will want under autocast, or `otherwise`: what feeds one may as well be written in it.
inline at::ScalarType product_type(at::ScalarType otherwise) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  return at::autocast::is_autocast_enabled(at::kCPU) ? at::autocast::get_autocast_dtype(at::kCPU) : otherwise;
#else
  return at::autocast::is_cpu_enabled() ? at::autocast::get_autocast_cpu_dtype() : otherwise;
#endif
}

// Inside, types are as written: autocast does not touch the products of a fused operator.
struct AsWritten {
  c10::impl::ExcludeDispatchKeyGuard guard{c10::DispatchKey::AutocastCPU};
};

// Runs work(begin, end) over `rows` rows of `width` numbers, in shares worth a thread's while.
template <class Work>
void over_rows(int64_t rows, int64_t width, const Work& work) {
  at::parallel_for(0, rows, std::max<int64_t>(1, 32768 / std::max<int64_t>(1, width)), work);
}

}  // namespace collimate
