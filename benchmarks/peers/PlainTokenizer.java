import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads lines and writes their words in lower case: less than any tokenizer does, so what this takes is the least that a caption tool pays for starting one in Java. */
public final class PlainTokenizer {
    public static void main(String[] files) throws Exception {
        try (BufferedReader lines = Files.newBufferedReader(Path.of(files[0])); BufferedWriter out = Files.newBufferedWriter(Path.of(files[1]))) {
            for (String line; (line = lines.readLine()) != null;) {
                StringBuilder words = new StringBuilder(line.length());
                for (int at = 0; at < line.length(); at++) {
                    char letter = line.charAt(at);
                    words.append(Character.isLetterOrDigit(letter) || letter == ' ' ? Character.toLowerCase(letter) : ' ');
                }
                out.write(words.toString());
                out.newLine();
            }
        }
    }
}
