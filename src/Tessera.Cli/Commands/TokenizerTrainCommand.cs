using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Training;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera tokenizer train</c>: a tokenizer out of texts.</summary>
internal sealed class TokenizerTrainCommand
{
    private const string Summary = "Trains a tokenizer on texts.";

    private const string Details = """
        Texts are read once. A .txt file is a text a line, a .jsonl file a text an object (--field names it). Kinds (--type):

          bpe                    byte-pair encoding: merges the most frequent pair until the vocabulary is full. The usual choice
          wordpiece              BERT's: the merges of bpe inside words, then the longest piece first
          wordlevel              whole words, the most frequent ones
          unigram                pieces with probabilities, pruned down from all repeated substrings
          sentencepiece-bpe      as Google's SentencePiece trains it; writes its .model file too
          sentencepiece-unigram  likewise
          sentencepiece-word     whole words, and sentencepiece-char characters: .model files only, tokenizer.json has neither
          lib                    Less-is-Better: learns chunks, from parts of words to phrases, without being told where words are
          kl3m                   bpe for a domain: hand-picked tokens beside learnt ones, filled up to a power of two; or short tokens only
          supertokens            bpe with tokens of several words: learnt in chunks of random length, nothing is cut beforehand
          morpheme-bpe           bpe whose merges never cross the border of a morpheme

        How text is cut into words (--pre-tokenizer), which no token crosses: for bpe gpt2 (the default), digits-gpt2, cl100k, qwen2, o200k,
        which take words as bytes, so that nothing is ever unknown; for all but SentencePiece's and lib also whitespace, whitespace-split,
        bert, bert-cased, metaspace, none.

        Examples:
          tessera tokenizer train corpus.jsonl --vocabulary-size 32000 --special "<|endoftext|>" --out tokenizer.json
          tessera tokenizer train a.txt b.txt --type bpe --pre-tokenizer o200k --min-frequency 2 --out tokenizer.json
          tessera tokenizer train book.txt --type sentencepiece-unigram --vocabulary-size 8000 --out spm.model
          tessera tokenizer train book.txt --type lib --vocabulary-size 4000 --seed 7 --out lib.json
          tessera tokenizer train book.txt --pre-tokenizer whitespace --end-suffix "</w>" --unknown "<unk>" --out clip-like.json
          tessera tokenizer train law.jsonl --type kl3m --vocabulary-size 65536 --groups html,years --terms reporters.txt --out law.json
          tessera tokenizer train book.txt --type supertokens --vocabulary-size 16000 --out super.json
          tessera tokenizer train haber.txt --type morpheme-bpe --suffixes ekler.txt --out haber.json
          tessera tokenizer inspect tokenizer.json "how is this cut?"

        A name that ends in .model is SentencePiece's file, any other a tokenizer.json. It prints the number of tokens, what was read, how
        fast words were counted, the time and the peak of memory. With --json: one object {"output", "type", "tokens", "texts", "bytes",
        "seconds", "countingSeconds", "countedMegabytesPerSecond", "peakMegabytes"}. The result depends on no number of threads.
        """;

    private readonly CommandConsole _console;
    private readonly TrainerArguments _trainer = new();
    private readonly Argument<string[]> _texts = new("TEXTS") { Description = "Files of text: .jsonl with an object a line, others with a text a line.", HelpName = "FILE", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _field = new("--field") { Description = "The field of a .jsonl's objects that holds the text.", HelpName = "NAME", DefaultValueFactory = static _ => "text" };
    private readonly Option<string> _output = new("--out", "-o") { Description = "The file to write.", HelpName = "FILE", Required = true };
    private readonly Option<bool> _json = new("--json") { Description = "Writes the result as JSON." };

    private TokenizerTrainCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var train = new TokenizerTrainCommand(console);
        var command = new TaughtCommand("train", Summary, Details) { train._texts, train._field, train._output, train._json };
        train._trainer.AddTo(command);
        command.SetAction(train.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var (files, output) = (result.GetRequiredValue(_texts), result.GetRequiredValue(_output));
        var trainer = _trainer.Create(result);
        var type = _trainer.TypeOf(result);
        var asModel = Path.GetExtension(output).Equals(".model", StringComparison.OrdinalIgnoreCase);
        if (asModel && trainer is not SentencePieceTrainer) throw new UsageException("A .model file is SentencePiece's: --type sentencepiece-bpe, -unigram, -word and -char write one.");
        if (!asModel && (type is "sentencepiece-word" or "sentencepiece-char")) throw new UsageException($"A tokenizer.json does not express {type}: let --out end in .model.");
        foreach (var file in files)
        {
            if (!File.Exists(file)) throw new UsageException($"There is no file {file}.");
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(output));
        if (!Directory.Exists(folder)) throw new UsageException($"There is no directory {folder}.");
        var run = new Run { Output = output, Type = type };
        await Task.Run(
            () => _console.WithProgress("training", 1, bar => Train(trainer, Read(files, result.GetRequiredValue(_field)), asModel, files.Sum(static f => new FileInfo(f).Length), bar, run, cancellation)),
            cancellation).ConfigureAwait(false);
        Report(run, result.GetValue(_json));
        return ExitCode.Success;
    }

    private static void Train(TokenizerTrainer trainer, IEnumerable<ReadOnlyMemory<byte>> texts, bool asModel, long fileBytes, Action<double> bar, Run run, CancellationToken cancellation)
    {
        var progress = new Told<TokenizerTrainingProgress>(p => run.Tell(p, fileBytes, bar));
        try
        {
            if (asModel)
            {
                var model = ((SentencePieceTrainer)trainer).TrainModel(texts, progress, cancellation);
                run.Tokens = model.VocabularySize;
                File.WriteAllBytes(run.Output, model.ToModelFile());
            }
            else
            {
                var tokenizer = trainer.Train(texts, progress, cancellation);
                run.Tokens = tokenizer.VocabularySize;
                TokenizerJsonWriter.Write(tokenizer, run.Output);
            }
        }
        catch (ArgumentException wrong)
        {
            throw new UsageException(wrong.Message.ReplaceLineEndings(" "));
        }

        run.Seconds = run.Clock.Elapsed.TotalSeconds;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Read(string[] files, string field)
    {
        foreach (var file in files)
        {
            using var stream = File.OpenRead(file);
            var isJson = Path.GetExtension(file).Equals(".jsonl", StringComparison.OrdinalIgnoreCase);
            foreach (var text in isJson ? TrainingTexts.JsonLines(stream, field, file) : TrainingTexts.Lines(stream, name: file)) yield return text;
        }
    }

    private void Report(Run run, bool json)
    {
        var peak = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6;
        var speed = run.Bytes / 1e6 / Math.Max(run.CountingSeconds, 1e-9);
        if (!json)
        {
            _console.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{run.Tokens:N0} tokens, {run.Type}, in {run.Output}"));
            _console.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"read {run.Texts:N0} texts, {run.Bytes / 1e6:F1} MB; words counted at {speed:F1} MB/s in {run.CountingSeconds:F2} s"));
            _console.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{run.Seconds:F2} s in all, {peak:F0} MB of memory at the peak"));
            return;
        }

        JsonLine.Write(_console.Output, writer =>
        {
            writer.WriteString("output", run.Output);
            writer.WriteString("type", run.Type);
            writer.WriteNumber("tokens", run.Tokens);
            writer.WriteNumber("texts", run.Texts);
            writer.WriteNumber("bytes", run.Bytes);
            writer.WriteNumber("seconds", Math.Round(run.Seconds, 3));
            writer.WriteNumber("countingSeconds", Math.Round(run.CountingSeconds, 3));
            writer.WriteNumber("countedMegabytesPerSecond", Math.Round(speed, 1));
            writer.WriteNumber("peakMegabytes", Math.Round(peak));
        });
    }

    /// <summary>What is known of a training while it runs and behind it.</summary>
    private sealed class Run
    {
        public required string Output { get; init; }

        public required string Type { get; init; }

        public Stopwatch Clock { get; } = Stopwatch.StartNew();

        public int Tokens { get; set; }

        public long Texts { get; private set; }

        public long Bytes { get; private set; }

        public double CountingSeconds { get; private set; }

        public double Seconds { get; set; }

        /// <summary>Half of the bar is for reading, half for what follows.</summary>
        public void Tell(TokenizerTrainingProgress progress, long fileBytes, Action<double> bar)
        {
            (Texts, Bytes) = (progress.Texts, progress.Bytes);
            if (progress.Stage == TokenizerTrainingStage.Counting) CountingSeconds = Clock.Elapsed.TotalSeconds;
            var share = progress.Stage == TokenizerTrainingStage.Counting ? (double)progress.Bytes / Math.Max(1, fileBytes) : (double)progress.Done / Math.Max(1, progress.Total);
            // Unigram's pieces grow fewer: what is left over the total runs backwards.
            if (share > 1) share = 1 / share;
            bar(progress.Stage == TokenizerTrainingStage.Counting ? share / 2 : 0.5 + share / 2);
        }
    }
}
