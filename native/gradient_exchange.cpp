// Sums gradients over processes, bucket by bucket, while the backward pass that makes them is still under way.
//
// A hook on every leaf tells when its gradient has come. Once all of a bucket's are there, they are copied into one flat tensor and its
// sum is started. Every rank starts its buckets in the same order, so a bucket waits for those before it. The gradients themselves stay
// as they are until the end. Where one changes after its bucket was sent (a leaf that several nested passes reach), the bucket is sent
// again; so what comes out does not depend on when anything was sent.
#include "process_group.h"

#ifdef USE_C10D_GLOO
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <exception>
#include <vector>
#endif

using namespace collimate;

#ifdef USE_C10D_GLOO
namespace {

struct Bucket {
  std::vector<int32_t> members;
  std::vector<int64_t> starts;
  at::Tensor flat;
  c10::intrusive_ptr<c10d::Work> work;
  int32_t awaited = 0;  // members whose gradient has still to come in this pass
  bool waits = false;   // a member has changed twice in a pass before, so that only the pass's end tells when it is done
  bool changed = false; // since it was sent
};

struct Exchange {
  std::mutex gate;
  GroupHandle group;
  std::vector<at::Tensor> parameters;
  std::vector<std::shared_ptr<torch::autograd::Node>> leaves;
  std::vector<uintptr_t> hooks;
  std::vector<int32_t> bucket_of;
  std::vector<uint8_t> came, present;
  std::vector<uint8_t> ever;  // has come in any pass: what the loss does not reach is not waited for after the first
  std::vector<Bucket> buckets;
  size_t next = 0;  // the bucket to be sent next
  bool listening = false;
  bool knows = false;  // has listened to a whole pass
  std::exception_ptr failure;

  void forget() {
    next = 0;
    failure = nullptr;
    std::fill(came.begin(), came.end(), 0);
    std::fill(present.begin(), present.end(), 0);
    for (auto& bucket : buckets) {
      bucket.awaited = 0;
      for (auto index : bucket.members) bucket.awaited += !knows || ever[index];
      bucket.changed = false;
      bucket.work.reset();
    }
  }

  void arrived(int32_t index) {
    std::lock_guard<std::mutex> lock(gate);
    if (!listening || failure) return;
    auto number = static_cast<size_t>(bucket_of[index]);
    auto& bucket = buckets[number];
    if (came[index]) {
      bucket.waits = true;
      bucket.changed |= number < next;
      return;
    }
    came[index] = 1;
    if (!knows || ever[index]) bucket.awaited--;
    else bucket.changed |= number < next;
    ever[index] = 1;
    try {
      while (next < buckets.size() && buckets[next].awaited == 0 && !buckets[next].waits) send(next++);
    } catch (...) {
      failure = std::current_exception();  // told at the end: a backward pass has no words for it
    }
  }

  void send(size_t number) {
    auto& bucket = buckets[number];
    {
      at::NoGradGuard guard;
      for (size_t k = 0; k < bucket.members.size(); k++) {
        auto index = bucket.members[k];
        auto& parameter = parameters[index];
        auto part = bucket.flat.narrow(0, bucket.starts[k], parameter.numel());
        const auto& gradient = parameter.grad();
        present[index] = gradient.defined();
        if (gradient.defined()) part.view_as(gradient).copy_(gradient);
        else part.zero_();
      }
    }
    bucket.changed = false;
    bucket.work = start_sum(*group, bucket.flat);
  }
};

struct Arrival : torch::autograd::FunctionPostHook {
  Exchange* exchange;
  int32_t index;
  Arrival(Exchange* owner, int32_t number) : exchange(owner), index(number) {}
  torch::autograd::variable_list operator()(const torch::autograd::variable_list& outputs, const torch::autograd::variable_list&) override {
    exchange->arrived(index);
    return outputs;
  }
};

Exchange& exchange_of(void* handle) { return *static_cast<Exchange*>(handle); }

// Sums are exact to a rank's own precision at least; half types would lose digits on every addition.
at::ScalarType sum_type(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kHalf || tensor.scalar_type() == at::kBFloat16 ? at::kFloat : tensor.scalar_type();
}

}  // namespace
#endif

extern "C" {

// `bucket_of` gives each parameter's bucket, from 0 in the order in which they are sent; the members of a bucket lie in it as listed in
// `parameters`. A group of GPUs takes its buckets there, any other in main memory.
void* cg_exchange_new(void* group, void** parameters, const int32_t* bucket_of, int32_t count, int32_t buckets, int32_t on_gpu) {
  WITH_GLOO(nullptr,
    auto exchange = std::make_unique<Exchange>();
    exchange->group = *static_cast<GroupHandle*>(group);
    exchange->buckets.resize(buckets);
    exchange->came.resize(count);
    exchange->present.resize(count);
    exchange->ever.resize(count);
    exchange->bucket_of.assign(bucket_of, bucket_of + count);
    std::vector<int64_t> sizes(buckets);
    for (int32_t k = 0; k < count; k++) {
      const auto& parameter = borrow(parameters[k]);
      auto& bucket = exchange->buckets.at(bucket_of[k]);
      exchange->parameters.push_back(parameter);
      bucket.members.push_back(k);
      bucket.starts.push_back(sizes[bucket_of[k]]);
      sizes[bucket_of[k]] += parameter.numel();
    }
    for (int32_t b = 0; b < buckets; b++) {
      const auto& first = exchange->parameters.at(exchange->buckets[b].members.at(0));
      auto options = first.options().dtype(sum_type(first)).requires_grad(false);
      exchange->buckets[b].flat = at::empty({sizes[b]}, on_gpu ? options : options.device(at::kCPU));
    }
    for (int32_t k = 0; k < count; k++) {
      auto leaf = torch::autograd::impl::grad_accumulator(exchange->parameters[k]);
      TORCH_CHECK(leaf, "parameter ", k, " is not a leaf that requires a gradient");
      exchange->hooks.push_back(leaf->add_post_hook(std::make_unique<Arrival>(exchange.get(), k)));
      exchange->leaves.push_back(std::move(leaf));
    }
    return exchange.release();)
}

void cg_exchange_release(void* handle) {
#ifdef USE_C10D_GLOO
  if (is_leaving()) return;
  auto* exchange = static_cast<Exchange*>(handle);
  for (size_t k = 0; k < exchange->hooks.size(); k++) exchange->leaves[k]->del_post_hook(exchange->hooks[k]);
  delete exchange;
#endif
}

// The next backward pass is the last before the sum: buckets go out as they fill.
int32_t cg_exchange_listen(void* handle) {
  WITH_GLOO(kLibtorchError,
    auto& exchange = exchange_of(handle);
    std::lock_guard<std::mutex> lock(exchange.gate);
    exchange.forget();
    exchange.listening = true;
    return 0;)
}

// The gradients are complete: sends the buckets that are left. Returns how many had been sent during the pass.
int32_t cg_exchange_complete(void* handle) {
  WITH_GLOO(kLibtorchError,
    auto& exchange = exchange_of(handle);
    std::lock_guard<std::mutex> lock(exchange.gate);
    if (!exchange.listening) exchange.forget();
    exchange.knows |= exchange.listening;
    exchange.listening = false;
    if (exchange.failure) std::rethrow_exception(exchange.failure);
    auto early = static_cast<int32_t>(exchange.next);
    while (exchange.next < exchange.buckets.size()) exchange.send(exchange.next++);
    return early;)
}

// Sends a bucket once more, with the gradients as they are now.
int32_t cg_exchange_resend(void* handle, int32_t bucket) {
  WITH_GLOO(kLibtorchError,
    exchange_of(handle).send(bucket);
    return 0;)
}

// What is under way for a bucket, for cg_work_wait.
void* cg_exchange_work(void* handle, int32_t bucket) {
  WITH_GLOO(nullptr, return new Pending(exchange_of(handle).buckets.at(bucket).work);)
}

// Ones where a parameter has a gradient on this rank, then ones where a bucket has changed since it was sent.
int32_t cg_exchange_flags(void* handle, int32_t* flags) {
  WITH_GLOO(kLibtorchError,
    auto& exchange = exchange_of(handle);
    for (auto present : exchange.present) *flags++ = present;
    for (const auto& bucket : exchange.buckets) *flags++ = bucket.changed;
    return 0;)
}

// Puts the sums into the parameters that have a gradient on any rank.
int32_t cg_exchange_take(void* handle, const int32_t* anywhere) {
  WITH_GLOO(kLibtorchError,
    at::NoGradGuard guard;
    auto& exchange = exchange_of(handle);
    for (auto& bucket : exchange.buckets) {
      for (size_t k = 0; k < bucket.members.size(); k++) {
        auto index = bucket.members[k];
        if (!anywhere[index]) continue;
        auto& parameter = exchange.parameters[index];
        auto& gradient = parameter.mutable_grad();
        if (!gradient.defined()) gradient = at::empty_like(parameter);
        gradient.copy_(bucket.flat.narrow(0, bucket.starts[k], parameter.numel()).view_as(gradient));
      }
    }
    return 0;)
}

}  // extern "C"
