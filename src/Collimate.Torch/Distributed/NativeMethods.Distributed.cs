using System.Runtime.InteropServices;

namespace Collimate.Torch.Interop;

/// <content>The C ABI of <c>native/process_group.cpp</c>.</content>
internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint cg_store_tcp(string host, int port, int isServer, int worldSize, long timeoutMs);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint cg_store_file(string path, int worldSize, long timeoutMs);
    [LibraryImport(Library)] internal static partial int cg_store_port(nint store);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int cg_store_set(nint store, string key, byte* value, int length);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int cg_store_has(nint store, string key);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int cg_store_get(nint store, string key, byte* buffer, int capacity);
    [LibraryImport(Library)] internal static partial void cg_store_release(nint store);

    [LibraryImport(Library)] internal static partial int cg_has_gloo();
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint cg_group_gloo(nint store, int rank, int worldSize, string address, long timeoutMs);
    [LibraryImport(Library)] internal static partial void cg_group_release(nint group);

    [LibraryImport(Library)] internal static partial nint cg_all_reduce(nint group, nint tensor, int operation);
    [LibraryImport(Library)] internal static partial nint cg_broadcast(nint group, nint tensor, int root);
    [LibraryImport(Library)] internal static partial nint cg_all_gather(nint group, nint* outputs, int count, nint input);
    [LibraryImport(Library)] internal static partial nint cg_barrier(nint group);
    [LibraryImport(Library)] internal static partial int cg_work_poll(nint work, long patienceUs);
    [LibraryImport(Library)] internal static partial void cg_work_release(nint work);
}
