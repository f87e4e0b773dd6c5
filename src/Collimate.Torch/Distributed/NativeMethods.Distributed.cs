using System.Runtime.InteropServices;

namespace Collimate.Torch.Interop;

/// <content>The C ABI of <c>native/process_group.cpp</c>.</content>
internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)] internal static partial int cg_has_gloo();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint cg_store_tcp(string host, int port, int isServer, long timeout);
    [LibraryImport(Library)] internal static partial int cg_store_port(nint store);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint cg_store_file(string path, int worldSize, long timeout);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint cg_store_prefix(nint store, string prefix);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int cg_store_set(nint store, string key, string text);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int cg_store_get(nint store, string key, byte* text, int most);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int cg_store_check(nint store, string key);
    [LibraryImport(Library)] internal static partial void cg_store_release(nint store);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint cg_group_gloo(nint store, int rank, int worldSize, string host, long timeout);

    [LibraryImport(Library)] internal static partial int cg_has_nccl();
    [LibraryImport(Library)] internal static partial nint cg_group_nccl(nint store, int rank, int worldSize, int device, long timeout);
    [LibraryImport(Library)] internal static partial void cg_group_release(nint group);
    [LibraryImport(Library)] internal static partial nint cg_all_reduce_sum(nint group, nint tensor);
    [LibraryImport(Library)] internal static partial nint cg_broadcast(nint group, nint tensor, int root);
    [LibraryImport(Library)] internal static partial nint cg_all_gather(nint group, nint* outputs, int count, nint input);
    [LibraryImport(Library)] internal static partial int cg_work_wait(nint work, long milliseconds);
    [LibraryImport(Library)] internal static partial void cg_work_release(nint work);

    [LibraryImport(Library)] internal static partial nint cg_exchange_new(nint group, nint* parameters, int* bucketOf, int count, int buckets, int onGpu);
    [LibraryImport(Library)] internal static partial void cg_exchange_release(nint exchange);
    [LibraryImport(Library)] internal static partial int cg_exchange_listen(nint exchange);
    [LibraryImport(Library)] internal static partial int cg_exchange_complete(nint exchange);
    [LibraryImport(Library)] internal static partial int cg_exchange_resend(nint exchange, int bucket);
    [LibraryImport(Library)] internal static partial nint cg_exchange_work(nint exchange, int bucket);
    [LibraryImport(Library)] internal static partial int cg_exchange_flags(nint exchange, int* flags);
    [LibraryImport(Library)] internal static partial int cg_exchange_take(nint exchange, int* anywhere);
}
