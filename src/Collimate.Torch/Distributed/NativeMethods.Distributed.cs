using System.Runtime.InteropServices;

namespace Collimate.Torch.Interop;

/// <content>The C ABI of <c>native/process_group.cpp</c>.</content>
internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)] internal static partial int cg_has_gloo();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint cg_store_tcp(string host, int port, int isServer, long timeout);
    [LibraryImport(Library)] internal static partial int cg_store_port(nint store);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint cg_store_file(string path, int worldSize, long timeout);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int cg_store_mark(nint store, string key);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int cg_store_check(nint store, string key);
    [LibraryImport(Library)] internal static partial void cg_store_release(nint store);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint cg_group_gloo(nint store, int rank, int worldSize, string host, long timeout);

    [LibraryImport(Library)] internal static partial void cg_group_release(nint group);
    [LibraryImport(Library)] internal static partial nint cg_all_reduce_sum(nint group, nint tensor);
    [LibraryImport(Library)] internal static partial nint cg_broadcast(nint group, nint tensor, int root);
    [LibraryImport(Library)] internal static partial nint cg_all_gather(nint group, nint* outputs, int count, nint input);
    [LibraryImport(Library)] internal static partial int cg_work_wait(nint work, long milliseconds);
    [LibraryImport(Library)] internal static partial void cg_work_release(nint work);
}
