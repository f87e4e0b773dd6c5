using Collimate.Cli;
using Collimate.Data;
using Collimate.Imaging;
using Collimate.Recipes;
using Collimate.Tokenization;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Tests.Cli;

/// <summary>From a failure to a message and an exit code.</summary>
public sealed class UserErrorsTests
{
    public static TheoryData<Exception, int> Failures => new()
    {
        { new RecipeException("r.yaml", 3, "bad"), 2 },
        { new ImageException("bad"), 2 },
        { new DataException("bad"), 2 },
        { new TokenizerException("bad"), 2 },
        { new CheckpointException("bad"), 2 },
        { new FileNotFoundException("bad"), 2 },
        { new TorchException("bad"), 1 },
        { new DllNotFoundException("bad"), 1 },
        { new TypeInitializationException("X", new DllNotFoundException("bad")), 1 },
        { new IOException("bad"), 1 },
        { new UnauthorizedAccessException("bad"), 1 },
        { new AggregateException(new IOException("bad")), 1 },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void Describe_ForeseenFailure_IsItsMessageAlone(Exception failure, int code)
    {
        var (message, found) = UserErrors.Describe(failure);

        Assert.Equal(code, found);
        Assert.EndsWith("bad", message, StringComparison.Ordinal);
        Assert.DoesNotContain("bug", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_UnforeseenFailure_ConfessesABug()
    {
        var (message, code) = UserErrors.Describe(new InvalidOperationException("oops"));

        Assert.Equal(1, code);
        Assert.Equal("InvalidOperationException: oops\nThis is a bug in collimate; run again with COLLIMATE_TRACE=1 for details.", message);
    }

    [Fact]
    public void Describe_CancelledByTheUser_Is130()
    {
        Assert.Equal(130, UserErrors.Describe(new TaskCanceledException(), interrupted: true).Code);
        Assert.Equal(1, UserErrors.Describe(new TaskCanceledException(), interrupted: false).Code);
    }

    [Fact]
    public void Report_Failure_WritesNoStackTrace()
    {
        var error = new StringWriter { NewLine = "\n" };

        UserErrors.Report(new RecipeException("r.yaml", 3, "bad"), error, interrupted: false);

        Assert.Equal("collimate: r.yaml:3: bad\n", error.ToString());
    }
}
