// Backward passes, and autograd functions whose backward is a C# callback.
#include "bridge.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

namespace collimate {
[[noreturn]] void throw_managed(void* handle);
}
using namespace collimate;
using torch::autograd::variable_list;

namespace {

// Receives owned gradients and saved tensors (null where undefined), fills owned input gradients; returns a managed exception or null.
using BackwardCallback = void* (*)(void* state, void** gradients, int32_t gradientCount, void** saved, int32_t savedCount, void** inputGradients, int32_t inputCount);
using ReleaseCallback = void (*)(void* state);

struct Callback : torch::CustomClassHolder {
  void* state;
  BackwardCallback backward;
  ReleaseCallback release;
  int32_t inputs;
  ~Callback() override { if (!is_leaving()) release(state); }
};

// What the C# forward, which has already run with gradients off, hands to the node.
struct Outcome {
  c10::intrusive_ptr<Callback> callback;
  variable_list outputs, saved, fixed;
};

std::vector<void*> give_all(variable_list& tensors) {
  std::vector<void*> handles;
  for (auto& tensor : tensors) handles.push_back(give(std::move(tensor)));
  return handles;
}

struct ManagedFunction : torch::autograd::Function<ManagedFunction> {
  static variable_list forward(torch::autograd::AutogradContext* context, Outcome* outcome, at::TensorList) {
    context->set_materialize_grads(false);
    context->saved_data["callback"] = c10::IValue::make_capsule(outcome->callback);
    if (!outcome->fixed.empty()) context->mark_non_differentiable(outcome->fixed);
    context->save_for_backward(outcome->saved);
    return outcome->outputs;
  }

  static variable_list backward(torch::autograd::AutogradContext* context, variable_list gradients) {
    auto capsule = context->saved_data["callback"].toCapsule();
    auto& callback = static_cast<Callback&>(*capsule);
    auto savedTensors = context->get_saved_variables();
    auto given = give_all(gradients);
    auto saved = give_all(savedTensors);
    std::vector<void*> inputGradients(callback.inputs, nullptr);
    void* error = callback.backward(callback.state, given.data(), given.size(), saved.data(), saved.size(), inputGradients.data(), callback.inputs);
    variable_list result(1);  // the Outcome* argument has no gradient
    for (void* handle : inputGradients) {
      using Owned = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;
      result.push_back(handle ? at::Tensor(Owned::reclaim(static_cast<c10::TensorImpl*>(handle))) : at::Tensor());
    }
    if (error) throw_managed(error);
    return result;
  }
};

variable_list copies(void** handles, int32_t count) {
  variable_list list;
  for (int32_t k = 0; k < count; k++) list.push_back(handles && handles[k] ? at::Tensor(borrow(handles[k])) : at::Tensor());
  return list;
}

optional<bool> flag(int32_t value) { return value < 0 ? optional<bool>() : optional<bool>(value != 0); }

}  // namespace

extern "C" {

int32_t ct_backward(void** roots, void** gradients, int32_t count, int32_t keepGraph, int32_t createGraph) {
  park_if_leaving();
  try {
    torch::autograd::backward(copies(roots, count), copies(gradients, count), flag(keepGraph), createGraph != 0);
    return 0;
  } catch (...) {
    return fail();
  }
}

int32_t ct_gradients(void** outputs, void** outputGradients, int32_t outputCount, void** inputs, int32_t inputCount, int32_t keepGraph,
                     int32_t createGraph, int32_t allowUnused, void** results) {
  park_if_leaving();
  try {
    auto gradients = torch::autograd::grad(copies(outputs, outputCount), copies(inputs, inputCount), copies(outputGradients, outputCount),
                                           flag(keepGraph), createGraph != 0, allowUnused != 0);
    for (int32_t k = 0; k < inputCount; k++) results[k] = give(std::move(gradients[k]));
    return 0;
  } catch (...) {
    return fail();
  }
}

// Attaches a node to outputs that C# has computed; `outputs` is replaced by owned handles of the attached tensors.
int32_t ct_function_attach(void* state, BackwardCallback backward, ReleaseCallback release, void** inputs, int32_t inputCount, void** outputs,
                           int32_t outputCount, void** saved, int32_t savedCount, const uint8_t* nonDifferentiable) {
  park_if_leaving();
  try {
    Outcome outcome;
    outcome.callback = c10::make_intrusive<Callback>();
    outcome.callback->state = state;
    outcome.callback->backward = backward;
    outcome.callback->release = release;
    outcome.callback->inputs = inputCount;
    outcome.outputs = copies(outputs, outputCount);
    outcome.saved = copies(saved, savedCount);
    for (int32_t k = 0; k < outputCount; k++) if (nonDifferentiable[k]) outcome.fixed.push_back(outcome.outputs[k]);
    auto attached = ManagedFunction::apply(&outcome, at::TensorList(copies(inputs, inputCount)));
    for (int32_t k = 0; k < outputCount; k++) outputs[k] = give(std::move(attached[k]));
    return 0;
  } catch (...) {
    return fail();
  }
}

}  // extern "C"
