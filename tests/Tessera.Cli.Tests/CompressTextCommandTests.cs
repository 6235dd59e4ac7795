using System.Text;
using Tessera.Cli.Output;

namespace Tessera.Cli.Tests;

public sealed class CompressTextCommandTests(TinyModel tiny) : IClassFixture<TinyModel>, IDisposable
{
    private static readonly byte[] s_text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("zz, the whale; the ship and the sea\n", 60)));
    private readonly string _folder = Directory.CreateTempSubdirectory("tessera-compress-text-").FullName;

    private string Text => Path.Combine(_folder, "text.txt");

    private string Container => Path.Combine(_folder, "text.tt");

    private string Back => Path.Combine(_folder, "back.txt");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task AFileComesBackAndTheCountsGoToTheErrorStream()
    {
        await File.WriteAllBytesAsync(Text, s_text);
        var compressed = await Invocation.Of("compress-text", Text, "-o", Container);
        compressed.ExitCode.ShouldBe(0, compressed.Error);
        compressed.Error.ShouldContain("bits a byte");
        compressed.Output.ShouldBeEmpty();
        new FileInfo(Container).Length.ShouldBeLessThan(s_text.Length / 4);
        var back = await Invocation.Of("decompress-text", Container, "-o", Back);
        back.ExitCode.ShouldBe(0, back.Error);
        (await File.ReadAllBytesAsync(Back)).ShouldBe(s_text);
        Directory.GetFiles(_folder, "*.part").ShouldBeEmpty();
    }

    [Fact]
    public async Task StandardStreamsCarryBytes()
    {
        byte[] text = [.. s_text, 0xFF, 0, 0xC3];
        var container = await Pipe(text, "compress-text");
        (await Pipe(container, "decompress-text", "-")).ShouldBe(text);
    }

    [Fact]
    public async Task AModelCodesAlikeWithAnyNumberOfThreads()
    {
        await File.WriteAllBytesAsync(Text, s_text);
        var one = await Pipe(s_text, "compress-text", "-m", tiny.Path, "--threads", "1", "--context", "40");
        var two = await Pipe(s_text, "compress-text", "-m", tiny.Path, "--threads", "2", "--context", "40");
        two.ShouldBe(one);
        (await Pipe(one, "decompress-text", "-m", tiny.Path, "--threads", "2")).ShouldBe(s_text);
    }

    [Fact]
    public async Task JsonTellsOfTheCoder()
    {
        await File.WriteAllBytesAsync(Text, s_text);
        var compressed = await Invocation.Of("compress-text", "-m", tiny.Path, "--fast", "--json", Text, "-o", Container);
        compressed.ExitCode.ShouldBe(0, compressed.Error);
        var done = compressed.Json[^1].GetProperty("done");
        done.GetProperty("textBytes").GetInt32().ShouldBe(s_text.Length);
        done.GetProperty("bitsPerByte").GetDouble().ShouldBe(8.0 * new FileInfo(Container).Length / s_text.Length);
        var coder = done.GetProperty("coder");
        coder.GetProperty("arithmetic").GetString().ShouldBe("fast");
        coder.GetProperty("model").GetString()!.Length.ShouldBe(64);
        var back = await Invocation.Of("decompress-text", "-m", tiny.Path, "--json", Container, "-o", Back);
        back.ExitCode.ShouldBe(0, back.Error);
        back.Json[^1].GetProperty("done").GetProperty("coder").GetProperty("kernels").GetString().ShouldBe(coder.GetProperty("kernels").GetString());
        (await File.ReadAllBytesAsync(Back)).ShouldBe(s_text);
    }

    [Fact]
    public async Task AContainerOfAModelIsRefusedWithoutItAndNothingIsLeftBehind()
    {
        await File.WriteAllBytesAsync(Container, await Pipe(s_text, "compress-text", "-m", tiny.Path));
        var without = await Invocation.Of("decompress-text", Container, "-o", Back);
        without.ExitCode.ShouldBe(2);
        without.Error.ShouldContain("name it with -m");
        Directory.GetFiles(_folder).ShouldBe([Container]);
    }

    [Fact]
    public async Task DamagedContainersAreRefusedAndNothingIsLeftBehind()
    {
        await File.WriteAllBytesAsync(Text, s_text);
        (await Invocation.Of("decompress-text", Text, "-o", Back)).Error.ShouldContain("no compressed text");
        var container = await Pipe(s_text, "compress-text");
        container[^60] ^= 1;
        await File.WriteAllBytesAsync(Container, container);
        var run = await Invocation.Of("decompress-text", Container, "-o", Back);
        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("text.tt");
        File.Exists(Back).ShouldBeFalse();
        Directory.GetFiles(_folder, "*.part").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("name one with -m", "compress-text", "--fast", "TEXT", "-o", "OUT")]
    [InlineData("name one with -m", "compress-text", "--context", "64", "TEXT", "-o", "OUT")]
    [InlineData("--json needs a file", "compress-text", "--json", "TEXT")]
    [InlineData("--json needs a file", "decompress-text", "--json", "TEXT")]
    [InlineData("replace the input", "compress-text", "TEXT", "-o", "TEXT")]
    [InlineData("0 or more", "decompress-text", "--max-bytes", "-1", "TEXT", "-o", "OUT")]
    [InlineData("16 to the model's context", "compress-text", "-m", "MODEL", "--context", "15", "TEXT", "-o", "OUT")]
    [InlineData("16 to the model's context", "compress-text", "-m", "MODEL", "--context", "99999999", "TEXT", "-o", "OUT")]
    [InlineData("Name a file to write", "compress-text", "TEXT")]
    public async Task WrongUseIsAnsweredByWhatToDo(string message, params string[] arguments)
    {
        await File.WriteAllBytesAsync(Text, s_text);
        var run = await Invocation.Of([.. arguments.Select(a => a switch { "TEXT" => Text, "OUT" => Container, "MODEL" => tiny.Path, _ => a })]);
        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain(message);
    }

    [Fact]
    public async Task ALongTextIsBounded()
    {
        await File.WriteAllBytesAsync(Container, await Pipe(s_text, "compress-text"));
        var run = await Invocation.Of("decompress-text", "--max-bytes", "100", Container, "-o", Back);
        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("100 allowed");
    }

    private static async Task<byte[]> Pipe(byte[] input, params string[] arguments)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter();
        using var console = new CommandConsole(TextWriter.Null, error, TextReader.Null) { InputBytes = new MemoryStream(input), OutputBytes = output };
        (await TesseraCommand.InvokeAsync(arguments, console, TestContext.Current.CancellationToken)).ShouldBe(0, error.ToString());
        return output.ToArray();
    }
}
