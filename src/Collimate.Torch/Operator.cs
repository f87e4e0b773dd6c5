using System.Runtime.InteropServices;
using Collimate.Torch.Interop;

namespace Collimate.Torch;

/// <summary>An operator of libtorch's dispatcher, found once by name and called with tagged arguments.</summary>
/// <remarks>
/// Missing trailing arguments take the schema's defaults; whole numbers become fractions, flags or one-element lists where the schema wants
/// them. Arguments that are keyword-only in Python are simply positional here.
/// </remarks>
public sealed unsafe class Operator
{
    private const int MaximumArguments = 24;
    private const int MaximumResults = 8;
    private const int ScratchWords = 96;

    private readonly nint handle;

    private Operator(nint handle) => this.handle = handle;

    /// <summary>The operator's schema, as libtorch prints it.</summary>
    public string Schema => Marshal.PtrToStringUTF8(NativeMethods.ct_operator_schema(handle))!;

    /// <summary>Finds an operator.</summary>
    /// <param name="name">With its namespace, such as <c>aten::add</c>.</param>
    /// <param name="overload">The overload's name, such as <c>Tensor</c>; empty for the unnamed one.</param>
    /// <exception cref="TorchException">This libtorch has no such operator.</exception>
    public static Operator Find(string name, string overload = "") =>
        new(NativeStatus.Check(NativeMethods.ct_operator_find(name, overload), $"looking up {name}"));

    /// <summary>Finds an operator that not every libtorch has.</summary>
    public static Operator? TryFind(string name, string overload = "")
    {
        var found = NativeMethods.ct_operator_find(name, overload);
        return found == 0 ? null : new Operator(found);
    }

    /// <summary>Calls the operator and returns its one tensor.</summary>
    /// <exception cref="TorchException">libtorch refused the arguments, or the operator does not return one tensor.</exception>
    public Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        NativeArgument* results = stackalloc NativeArgument[MaximumResults];
        var count = Invoke(arguments, results, MaximumResults);
        if (count != 1 || results->Tag != ArgumentTag.Tensor)
        {
            ReleaseAll(results, count);
            throw new TorchException($"one tensor was expected, {count} values came back\n  from {Schema}");
        }

        return new Tensor(results->Pointer);
    }

    /// <summary>Calls an operator that returns several tensors, or a list of them.</summary>
    public Tensor[] CallMany(params ReadOnlySpan<Argument> arguments)
    {
        const int capacity = 1024;
        var buffer = stackalloc NativeArgument[capacity];
        var count = Invoke(arguments, buffer, capacity);
        var tensors = new List<Tensor>(count);
        for (var k = 0; k < count; k++)
        {
            if (buffer[k].Tag == ArgumentTag.Tensor)
            {
                tensors.Add(new Tensor(buffer[k].Pointer));
            }
        }

        return [.. tensors];
    }

    /// <summary>Calls an operator for its effect; what it returns (the changed tensors themselves) is let go.</summary>
    public void Run(params ReadOnlySpan<Argument> arguments)
    {
        NativeArgument* results = stackalloc NativeArgument[MaximumResults];
        ReleaseAll(results, Invoke(arguments, results, MaximumResults));
    }

    /// <summary>The shortest way in, for one or two tensors and nothing else.</summary>
    internal Tensor CallFast(Tensor first, Tensor? second = null)
    {
        NativeArgument* arguments = stackalloc NativeArgument[2];
        NativeArgument result;
        arguments[0].Tag = arguments[1].Tag = ArgumentTag.Tensor;
        arguments[0].Pointer = first.Handle;
        if (second is not null)
        {
            arguments[1].Pointer = second.Handle;
        }

        var count = NativeMethods.ct_operator_call(handle, arguments, second is null ? 1 : 2, &result, 1);
        if (count != 1)
        {
            Fail(count, second is null ? [first] : [first, second]);
        }

        GC.KeepAlive(first);
        GC.KeepAlive(second);
        return new Tensor(result.Pointer);
    }

    // Copies lists into scratch on the stack; the span of arguments itself keeps every tensor alive until the call is over.
    private int Invoke(ReadOnlySpan<Argument> arguments, NativeArgument* results, int capacity)
    {
        if (arguments.Length > MaximumArguments)
        {
            throw new ArgumentException($"{arguments.Length} arguments are more than any operator takes", nameof(arguments));
        }

        var native = stackalloc NativeArgument[MaximumArguments];
        var words = 0;
        foreach (ref readonly var argument in arguments)
        {
            words += argument.ScratchWords;
        }

        long* scratch = null;
        void* heap = null;
        if (words <= ScratchWords)
        {
            var stack = stackalloc long[ScratchWords];
            scratch = stack;
        }
        else
        {
            heap = NativeMemory.Alloc((nuint)words, sizeof(long));
            scratch = (long*)heap;
        }

        try
        {
            for (var k = 0; k < arguments.Length; k++)
            {
                scratch = arguments[k].Write(native + k, scratch);
            }

            var count = NativeMethods.ct_operator_call(handle, native, arguments.Length, results, capacity);
            if (count < 0)
            {
                Fail(count, arguments);
            }

            return count;
        }
        finally
        {
            NativeMemory.Free(heap);
        }
    }

    private void Fail(int status, ReadOnlySpan<Argument> arguments)
    {
        if (status == NativeStatus.ManagedError)
        {
            NativeStatus.Throw(status, "");
        }

        var message = NativeStatus.Message();
        var given = new List<string>();
        foreach (ref readonly var argument in arguments)
        {
            given.Add(argument.ToString());
        }

        throw new TorchException($"{message}\n  in {Schema}\n  given ({string.Join(", ", given)})");
    }

    private static void ReleaseAll(NativeArgument* results, int count)
    {
        for (var k = 0; k < count; k++)
        {
            if (results[k].Tag == ArgumentTag.Tensor)
            {
                NativeMethods.ct_tensor_release(results[k].Pointer);
            }
        }
    }
}
