using System.Runtime.InteropServices;

namespace Collimate.Torch.Interop;

/// <summary>The C ABI of <c>native/torch_bridge.cpp</c> and <c>native/autograd.cpp</c>, one declaration a function.</summary>
internal static unsafe partial class NativeMethods
{
    internal const string Library = "collimate_torch";
    internal const int AbiVersion = 1;

    static NativeMethods() => TorchRuntime.RegisterLibrary();

    [LibraryImport(Library)] internal static partial int ct_abi_version();
    [LibraryImport(Library)] internal static partial nint ct_torch_version();
    [LibraryImport(Library)] internal static partial nint ct_last_error();
    [LibraryImport(Library)] internal static partial nint ct_take_managed_error();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint ct_operator_find(string name, string overload);
    [LibraryImport(Library)] internal static partial nint ct_operator_schema(nint op);
    [LibraryImport(Library)] internal static partial int ct_operator_call(nint op, NativeArgument* arguments, int count, NativeArgument* results, int capacity);

    [LibraryImport(Library)] internal static partial void ct_tensor_release(nint tensor);
    [LibraryImport(Library)] internal static partial void ct_tensor_release_many(nint* tensors, int count);
    [LibraryImport(Library), SuppressGCTransition] internal static partial nint ct_tensor_retain(nint tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long ct_tensor_use_count(nint tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int ct_tensor_rank(nint tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long ct_tensor_element_count(nint tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial void ct_tensor_sizes(nint tensor, long* sizes);
    [LibraryImport(Library), SuppressGCTransition] internal static partial void ct_tensor_strides(nint tensor, long* strides);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int ct_tensor_type(nint tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long ct_tensor_device(nint tensor);
    [LibraryImport(Library)] internal static partial nint ct_tensor_data(nint tensor);
    [LibraryImport(Library)] internal static partial int ct_tensor_is_contiguous(nint tensor);
    [LibraryImport(Library)] internal static partial int ct_tensor_requires_grad(nint tensor);
    [LibraryImport(Library)] internal static partial int ct_tensor_is_leaf(nint tensor);
    [LibraryImport(Library)] internal static partial int ct_tensor_set_requires_grad(nint tensor, int on);
    [LibraryImport(Library)] internal static partial int ct_tensor_version(nint tensor);
    [LibraryImport(Library)] internal static partial nint ct_tensor_grad(nint tensor);
    [LibraryImport(Library)] internal static partial int ct_tensor_set_grad(nint tensor, nint gradient);
    [LibraryImport(Library)] internal static partial int ct_tensor_item_double(nint tensor, double* value);
    [LibraryImport(Library)] internal static partial int ct_tensor_item_int64(nint tensor, long* value);
    [LibraryImport(Library)] internal static partial nint ct_tensor_copy_of(void* data, long* sizes, int rank, int type);
    [LibraryImport(Library)] internal static partial nint ct_tensor_on_memory(nint data, long* sizes, int rank, int type, delegate* unmanaged<nint, void> release, nint state);

    [LibraryImport(Library), SuppressGCTransition] internal static partial int ct_grad_mode(int on);
    [LibraryImport(Library)] internal static partial nint ct_inference_enter();
    [LibraryImport(Library)] internal static partial void ct_inference_leave(nint mode);
    [LibraryImport(Library)] internal static partial int ct_autocast_enter(int device, int type, out int before);
    [LibraryImport(Library)] internal static partial int ct_autocast_leave(int device, int before);
    [LibraryImport(Library)] internal static partial int ct_autocast_type(int device);
    [LibraryImport(Library)] internal static partial int ct_autocast_cache(int on);
    [LibraryImport(Library)] internal static partial void ct_set_threads(int count);
    [LibraryImport(Library)] internal static partial int ct_threads();
    [LibraryImport(Library)] internal static partial int ct_set_blas_threads(int count);
    [LibraryImport(Library)] internal static partial int ct_cuda_devices();
    [LibraryImport(Library)] internal static partial nint ct_memory_count_begin();
    [LibraryImport(Library)] internal static partial void ct_memory_count_read(nint watch, out long held, out long most, int setBack);
    [LibraryImport(Library)] internal static partial void ct_memory_count_end(nint watch);
    [LibraryImport(Library)] internal static partial int ct_seed(long device, ulong seed);
    [LibraryImport(Library)] internal static partial nint ct_default_generator(long device);
    [LibraryImport(Library)] internal static partial nint ct_generator_new(ulong seed);
    [LibraryImport(Library)] internal static partial void ct_generator_release(nint generator);
    [LibraryImport(Library)] internal static partial nint ct_generator_state(nint generator);
    [LibraryImport(Library)] internal static partial int ct_generator_set_state(nint generator, nint state);

    [LibraryImport(Library)] internal static partial int ct_backward(nint* roots, nint* gradients, int count, int keepGraph, int createGraph);

    [LibraryImport(Library)]
    internal static partial int ct_gradients(
        nint* outputs, nint* outputGradients, int outputCount, nint* inputs, int inputCount, int keepGraph, int createGraph, int allowUnused, nint* results);

    [LibraryImport(Library)]
    internal static partial int ct_function_attach(
        nint state, delegate* unmanaged<nint, nint*, int, nint*, int, nint*, int, nint> backward, delegate* unmanaged<nint, void> release,
        nint* inputs, int inputCount, nint* outputs, int outputCount, nint* saved, int savedCount, byte* nonDifferentiable);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)] internal static partial int setenv(string name, string value, int overwrite);
}
