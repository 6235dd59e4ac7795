using System.Text.Json;

namespace Tessera.Cli.Tests;

public sealed class SteerCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private string File(string name, params string[] lines)
    {
        var path = Path.Combine(tiny.Scratch, name);
        if (lines.Length > 0) System.IO.File.WriteAllLines(path, lines);
        return path;
    }

    [Fact]
    public async Task AVectorIsFittedShownAndSteers()
    {
        var (glad, sad, vector) = (File("glad.txt", "yes!", "good", "", "fine"), File("sad.txt", "no...", "bad", "poor"), File("glad.safetensors"));
        var fit = await Invocation.Of("steer", "fit", "-m", tiny.Directory, "--positive", glad, "--negative", sad, "--layer", "0", "--json", "-o", vector);
        fit.ExitCode.ShouldBe(0, fit.Error);
        var layer = fit.Json[0].GetProperty("layer");
        layer.GetProperty("norm").GetDouble().ShouldBe(layer.GetProperty("separation").GetDouble(), 1e-3);
        fit.Json[^1].GetProperty("done").GetProperty("positive").GetInt32().ShouldBe(3); // the empty line is none

        var info = (await Invocation.Of("steer", "info", vector, "--json")).Json.Single();
        info.GetProperty("modelWidth").GetInt32().ShouldBe(32);
        info.GetProperty("notes").GetProperty("pooling").GetString().ShouldBe("LastToken");
        (await Invocation.Of("steer", "info", vector)).Output.ShouldContain("layer 0\t");

        var plain = await Run();
        (await Run("--steer", vector, "--steer-scale", "0")).ShouldBe(plain);
        (await Run("--steer", vector + ":0")).ShouldBe(plain);
        (await Run("--steer", vector + ":2")).ShouldNotBe(plain);
        (await Run("--steer", vector, "--steer-scale", "2")).ShouldBe(await Run("--steer", vector + ":2"));
        (await Run("--steer", vector + ":1", "--steer", vector)).ShouldBe(await Run("--steer", vector + ":2"), 1e-5); // added in two steps
        (await Run("--steer", vector + ":2", "--steer-generated")).ShouldNotBe(plain);
    }

    [Fact]
    public async Task AChatIsSteeredToo()
    {
        var vector = await Vector();
        var plain = await Invocation.Of("Hi\nMore\n", ["chat", "-m", tiny.Directory, "--json", "--max-tokens", "3"], default);
        var steered = await Invocation.Of("Hi\nMore\n", ["chat", "-m", tiny.Directory, "--json", "--max-tokens", "3", "--steer", vector + ":3", "--steer-generated"], default);
        steered.ExitCode.ShouldBe(0, steered.Error);
        FirstLogProbability(steered).ShouldNotBe(FirstLogProbability(plain));
        steered.Json.Count(l => l.TryGetProperty("done", out _)).ShouldBe(2);
    }

    [Fact]
    public async Task EastTellsOfEachPromptAndWritesAVector()
    {
        var (prompts, vector) = (File("prompts.jsonl", """{"text": "choose a"}""", """{"text": "and now, what?"}""", """{"text": "b or c"}"""), File("east.safetensors"));
        var east = await Invocation.Of("steer", "east", "-m", tiny.Directory, "--prompts", prompts, "--action", "b", "--action", "c", "--json", "-o", vector);
        east.ExitCode.ShouldBe(0, east.Error);
        var prompt = east.Json[0].GetProperty("prompt");
        prompt.GetProperty("probabilities").EnumerateArray().Sum(p => p.GetDouble()).ShouldBe(1, 1e-12);
        prompt.GetProperty("entropy").GetDouble().ShouldBeInRange(0, Math.Log(2) + 1e-12);
        prompt.GetProperty("actionMass").GetDouble().ShouldBeInRange(0, 1);
        east.Json[^1].GetProperty("done").GetProperty("prompts").GetInt32().ShouldBe(3);
        (await Invocation.Of("steer", "info", vector, "--json")).Json.Single().GetProperty("method").GetString().ShouldBe("EAST");
    }

    [Theory]
    [InlineData("Say what to do", "steer")]
    [InlineData("there is no layer 1", "steer", "fit", "--layer", "0-1")]
    [InlineData("--layer is a layer", "steer", "fit", "--layer", "x")]
    [InlineData("--method does not know", "steer", "fit", "--method", "magic")]
    [InlineData("--point is", "steer", "fit", "--point", "q")]
    [InlineData("do not differ", "steer", "fit", "--same")]
    [InlineData("tokens, not one", "steer", "east", "--action", "b", "--action", "cc")]
    [InlineData("at least two actions", "steer", "east", "--action", "b")]
    [InlineData("two actions", "steer", "east", "--action", "b", "--action", "b")]
    public async Task WrongUsageIsOneLineThatSaysWhatToDo(string message, params string[] args)
    {
        var (a, b) = (File("a.txt", "one", "two"), File("b.txt", "three", "four"));
        List<string> full = [.. args];
        if (args.Contains("fit")) full.AddRange(["-m", tiny.Directory, "--positive", a, "--negative", args.Contains("--same") ? a : b, "-o", File("x")]);
        if (args.Contains("east")) full.AddRange(["-m", tiny.Directory, "--prompts", a, "-o", File("x")]);
        full.Remove("--same");
        var run = await Invocation.Of([.. full]);
        run.ExitCode.ShouldBe(2, run.Error);
        run.Error.Trim().ShouldNotContain("\n");
        run.Error.ShouldContain(message == "do not differ" ? "no direction" : message);
        run.Error.ShouldContain("tessera steer");
    }

    [Fact]
    public async Task WrongVectorsAreRefused()
    {
        var vector = await Vector();
        foreach (var (code, args) in new (int, string[])[]
        {
            (2, ["--steer", vector + ":much"]), (2, ["--steer-scale", "2"]), (2, ["--steer-generated"]), (1, ["--steer", "no-such.safetensors"]), (1, ["--steer", tiny.Path]),
        })
        {
            var run = await Invocation.Of(["run", "-m", tiny.Directory, .. args, "Hi"]);
            run.ExitCode.ShouldBe(code, run.Error);
            run.Error.Trim().ShouldNotContain("\n");
            run.Error.ShouldNotContain("unexpected");
        }
    }

    private async Task<string> Vector()
    {
        var vector = File("v.safetensors");
        var fit = await Invocation.Of("steer", "fit", "-m", tiny.Directory, "--positive", File("p.txt", "yes"), "--negative", File("n.txt", "no"), "-o", vector);
        fit.ExitCode.ShouldBe(0, fit.Error);
        return vector;
    }

    private async Task<double> Run(params string[] options) => FirstLogProbability(await Invocation.Of(["run", "-m", tiny.Directory, "--exact", "--json", "--raw", "Hi", "--max-tokens", "1", .. options]));

    private static double FirstLogProbability(Invocation run)
    {
        run.ExitCode.ShouldBe(0, run.Error);
        return run.Json[0].GetProperty("token").GetProperty("raw").GetProperty("logProbability").GetDouble();
    }
}
