using System.Runtime.InteropServices;

namespace Collimate.Torch.Interop;

/// <summary>One tagged argument or result of a boxed call, as <c>native/torch_bridge.cpp</c> lays it out: 16 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct NativeArgument
{
    [FieldOffset(0)] internal ArgumentTag Tag;
    [FieldOffset(4)] internal int Count;
    [FieldOffset(8)] internal long Integer;
    [FieldOffset(8)] internal double Number;
    [FieldOffset(8)] internal nint Pointer;
}

/// <summary>What a <see cref="NativeArgument"/> holds; the numbers are the ABI's.</summary>
internal enum ArgumentTag
{
    Default = 0,
    None,
    Tensor,
    Int,
    Double,
    Bool,
    Ints,
    Doubles,
    Bools,
    Tensors,
    OptionalTensors,
    String,
    Device,
    Generator,
}
